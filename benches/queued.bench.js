'use strict';

require('./harness/bench').bench('queued');
