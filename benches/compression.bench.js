'use strict';

require('./harness/bench').bench('compression');
