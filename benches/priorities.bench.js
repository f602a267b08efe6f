'use strict';

require('./harness/bench').bench('priorities');
