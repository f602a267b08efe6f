'use strict';

/* global __webpack_require__, __non_webpack_require__ */

/**
 * Node's own `require`, for absolute paths that are known only when the program runs. Whoever bundles an application with
 * webpack gets a warning for each such call that it sees, and a function that finds nothing.
 *
 * @type {NodeJS.Require}
 */
module.exports = typeof __webpack_require__ === 'function' ? __non_webpack_require__ : require;
