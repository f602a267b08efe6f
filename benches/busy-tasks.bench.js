'use strict';

require('./harness/bench').bench('busy-tasks');
