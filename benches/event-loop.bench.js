'use strict';

require('./harness/bench').bench('event-loop');
