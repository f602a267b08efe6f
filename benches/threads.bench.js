'use strict';

require('./harness/bench').bench('threads');
