'use strict';

process.exit(77);
