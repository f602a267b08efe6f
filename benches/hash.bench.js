'use strict';

require('./harness/bench').bench('hash');
