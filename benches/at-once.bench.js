'use strict';

require('./harness/bench').bench('at-once');
