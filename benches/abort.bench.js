'use strict';

require('./harness/bench').bench('abort');
