'use strict';

require('./harness/bench').bench('vector');
