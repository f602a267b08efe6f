'use strict';

require('./harness/bench').bench('hand-over');
