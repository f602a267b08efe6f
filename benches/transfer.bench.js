'use strict';

require('./harness/bench').bench('transfer');
