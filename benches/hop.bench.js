'use strict';

require('./harness/bench').bench('hop');
