'use strict';

require('./harness/bench').bench('image');
