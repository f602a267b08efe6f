'use strict';

require('./harness/bench').bench('sort');
