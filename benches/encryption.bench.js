'use strict';

require('./harness/bench').bench('encryption');
