'use strict';

require('./harness/bench').bench('scaling');
