'use strict';

const { Session } = require('node:inspector');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { engine } = require('./engine.js');

/** Where the engine's own JavaScript lies. */
const root = path.join(__dirname, '..', '..', '..');
const sources = engine === 'piscina'
  ? [path.join(root, 'node_modules', 'piscina', 'dist')]
  : [path.join(root, 'lib'), path.join(root, 'index.js')];

/**
 * What rockpool enters once in every turn of the event loop while it looks for a result: how often that is depends on
 * how long the result takes, not on what it costs.
 */
const looks = [/\/lib\/pool\/poller\.js:/, /\/lib\/patience\.js:/, /\/lib\/pool\/crew\.js:get size$/, /\/lib\/pool\/submission\.js:get waiting$/];

/**
 * Counts the engine's work on this thread: how often V8 entered each of its functions, loops and branches. Time says as
 * much, but never the same twice. To look for a result that is not there yet is no work.
 */
class WorkCounter {
  #session = new Session();
  #urls = sources.map((source) => pathToFileURL(source).href);

  constructor () {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What was done since the last call. */
  take () {
    let work = 0;
    this.#session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error) throw error;
      for (const { url, functions } of coverage.result) {
        if (!this.#urls.some((prefix) => url.startsWith(prefix))) continue;
        for (const { functionName, ranges } of functions) {
          if (looks.some((look) => look.test(`${url}:${functionName}`))) continue;
          for (const { count } of ranges) work += count;
        }
      }
    });
    return work;
  }
}

module.exports = { WorkCounter };
