'use strict';

require('./harness/bench').bench('scan');
