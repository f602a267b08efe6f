'use strict';

require('./harness/bench').bench('large-buffer');
