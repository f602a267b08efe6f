'use strict';

/** A worker is another thread: it has no store but what the task brings. */
module.exports = ({ requestId, text }) => `${text.toUpperCase()} (${requestId} in the worker)`;
