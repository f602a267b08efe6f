'use strict';

const { statSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { join, relative, resolve, sep } = require('node:path');
const { parseArgs } = require('node:util');

const root = join(__dirname, '..');

/** Most files are far smaller; the few above it are whole compilers, which take a minute each. */
const defaultMaxSize = '1m';

const usage = `npm run demo [-- DIR] [options]

  DIR                 the folder whose .js, .mjs and .cjs files are minified (node_modules)
  --engine NAME       rockpool, piscina, or both: one after the other (rockpool)
  --out DIR           where the output goes, one folder for each engine (demo-output)
  --threads N         Workers of the pool (one for each CPU)
  --limit N           at most N files
  --max-size SIZE     leave larger files out: bytes, 256k, 2m, or none (${defaultMaxSize})
  --help              this text`;

/** @typedef {'rockpool' | 'piscina'} EngineName */

/**
 * @typedef {object} DemoArguments
 * @property {string} source
 * @property {string} out
 * @property {EngineName[]} engines
 * @property {number} threads
 * @property {number} limit    Infinity when there is none
 * @property {number} maxSize  bytes, Infinity when there is none
 */

/** A mistake in the command line: the message is all that the person needs. */
class UsageError extends Error {}

/**
 * @param {string} name
 * @param {string | undefined} text
 * @param {number} fallback
 */
function parseCount (name, text, fallback) {
  if (text === undefined) return fallback;
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < 1) {
    throw new UsageError(`--${name} takes a whole number of 1 or more, not "${text}"`);
  }
  return count;
}

/** @param {string} text */
function parseSize (text) {
  if (text === 'none') return Infinity;
  const match = /^(\d+)([km]?)$/i.exec(text);
  if (match === null) {
    throw new UsageError(`--max-size takes bytes, 256k, 2m or none, not "${text}"`);
  }
  const unit = { '': 1, k: 1024, m: 1024 * 1024 }[match[2].toLowerCase()] ?? 1;
  return Number(match[1]) * unit;
}

/**
 * @param {string} name
 * @returns {EngineName[]}
 */
function parseEngines (name) {
  if (name === 'both') return ['rockpool', 'piscina'];
  if (name === 'rockpool' || name === 'piscina') return [name];
  throw new UsageError(`--engine takes rockpool, piscina or both, not "${name}"`);
}

/**
 * @param {string} path
 * @returns {'folder' | 'other' | 'nothing'}
 */
function kindOf (path) {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'other';
  } catch {
    // Whatever keeps us from looking keeps us from writing, too: that error says which it is.
    return 'nothing';
  }
}

/**
 * @param {string} folder
 * @param {string} path
 */
function holds (folder, path) {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === path);
}

/**
 * @param {string[]} args
 * @returns {DemoArguments | null} null when the usage is asked for
 */
function parseArguments (args) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        engine: { type: 'string', default: 'rockpool' },
        out: { type: 'string', default: join(root, 'demo-output') },
        threads: { type: 'string' },
        limit: { type: 'string' },
        'max-size': { type: 'string', default: defaultMaxSize },
        help: { type: 'boolean', default: false }
      }
    });
  } catch (error) {
    // parseArgs goes on with advice about `--`, which is of no use here.
    const [message] = /** @type {Error} */ (error).message.split(/\.(?:\s|$)/);
    throw new UsageError(message.replaceAll('\n', ' '));
  }
  const { values, positionals } = parsed;
  if (values.help) return null;
  if (positionals.length > 1) {
    throw new UsageError(`one folder is taken, not ${positionals.length}: ${positionals.join(', ')}`);
  }
  const source = resolve(positionals[0] ?? join(root, 'node_modules'));
  if (kindOf(source) !== 'folder') throw new UsageError(`"${positionals[0] ?? source}" is not a folder`);
  if (values.out === '') throw new UsageError('--out takes a folder');
  const out = resolve(values.out);
  if (holds(out, source)) {
    throw new UsageError(`--out "${values.out}" holds the source folder: files would be overwritten`);
  }
  if (kindOf(out) === 'other') throw new UsageError(`--out "${values.out}" is not a folder`);
  return {
    source,
    out,
    engines: parseEngines(values.engine),
    threads: parseCount('threads', values.threads, availableParallelism()),
    limit: parseCount('limit', values.limit, Infinity),
    maxSize: parseSize(values['max-size'])
  };
}

module.exports = { UsageError, parseArguments, usage };
