'use strict';

require('./harness/bench').bench('start-up');
