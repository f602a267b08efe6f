'use strict';

/**
 * Where the addon lies. The main thread finds out; a worker is told before it loads anything that needs the addon, and
 * saves the search, which costs more than the loading.
 *
 * @type {{ path: string | null }}
 */
const location = { path: null };

module.exports = { location };
