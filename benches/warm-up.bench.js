'use strict';

require('./harness/bench').bench('warm-up');
