'use strict';

require('./harness/bench').bench('beside');
