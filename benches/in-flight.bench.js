'use strict';

require('./harness/bench').bench('in-flight');
