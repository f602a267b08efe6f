'use strict';

// What is published runs from a few files, made when it is packed; the repository runs from its sources.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');

const { Workplace, root } = require('./support');

const timeout = 120_000;
const workplace = new Workplace();

/** A worker and a program that tell which files of a package their threads have loaded. */
const files = {
  'loaded.js': `
    const path = require('node:path');
    module.exports = (root) => Object.keys(require.cache)
      .map((file) => path.relative(root, file).replaceAll('\\\\', '/'))
      .filter((file) => !file.startsWith('..'))
      .sort();
  `,
  'program.js': `
    const path = require('node:path');
    const loaded = require('./loaded.js');
    const [name] = process.argv.slice(2);
    const root = path.dirname(require.resolve(name));
    const { Piscina } = require(name);
    const atFirst = loaded(root);
    (async () => {
      const pool = new Piscina({ filename: path.join(__dirname, 'loaded.js'), maxThreads: 1, recordTiming: true });
      const inWorker = await pool.run(root);
      const trace = pool.trace();
      await Piscina.kernels.crc32(new Uint8Array(3));
      await pool.kernel('blake3', new Uint8Array(3));
      await pool.run(() => {}).catch(() => {});
      await trace.stop();
      pool.metrics();
      await pool.close();
      console.log(JSON.stringify({ atFirst, inWorker, later: loaded(root) }));
    })();
  `,
  'program.mjs': `
    import { createRequire } from 'node:module';
    import { kernels, version } from 'rockpool';
    const require = createRequire(import.meta.url);
    const loaded = require('./loaded.js')(require('node:path').dirname(require.resolve('rockpool')));
    console.log(JSON.stringify({ version, crc32: typeof kernels.crc32, loaded }));
  `
};

let project = '';
before(async () => {
  await workplace.pack();
  project = workplace.project(files);
  await workplace.npm(project, ['install', workplace.tarballs.main, workplace.tarballs.addon]);
}, { timeout });
after(() => workplace.remove());

/** @param {string} name of what is required */
const runProgram = async (name) => JSON.parse(await workplace.node(project, ['program.js', name]));

describe('the packed package', () => {
  test('is one file for the main thread, whatever of it is used, and one for a worker', { timeout }, async () => {
    const { atFirst, inWorker, later } = await runProgram('rockpool');
    assert.deepEqual(atFirst, ['index.js', 'lib/outside.js', 'lib/piscina.js']);
    assert.deepEqual(inWorker, ['lib/worker/entry.js']);
    assert.deepEqual(later, atFirst);
  });

  test('is the same one file for an ES module', { timeout }, async () => {
    const { version } = require('../../package.json');
    assert.deepEqual(JSON.parse(await workplace.node(project, ['program.mjs'])),
      { version, crc32: 'function', loaded: ['index.js', 'lib/outside.js', 'lib/piscina.js'] });
  });

  test('has a worker\'s entry that needs no other file of it, wherever it lies', { timeout }, async () => {
    const source = fs.readFileSync(path.join(project, 'node_modules', 'rockpool', 'lib', 'worker', 'entry.js'), 'utf8');
    assert.doesNotMatch(source, /require\("\./);
    const folder = workplace.project({ ...files, 'package.json': { private: true, dependencies: {} } });
    fs.cpSync(path.join(project, 'node_modules'), path.join(folder, 'node_modules'), { recursive: true });
    const installed = path.join(folder, 'node_modules', 'rockpool');
    // All that an application that was bundled has of it.
    for (const name of ['index.mjs', 'src', 'bin', 'lib/cli.js', 'lib/cli', 'package.json']) {
      fs.rmSync(path.join(installed, name), { recursive: true });
    }
    const { inWorker } = JSON.parse(await workplace.node(folder, ['program.js', 'rockpool']));
    assert.deepEqual(inWorker, ['lib/worker/entry.js']);
  });

  test('says in the constructor that what Workers start with is missing', { timeout }, async () => {
    const folder = workplace.project();
    await workplace.npm(folder, ['install', workplace.tarballs.main, workplace.tarballs.addon]);
    const entry = path.join(folder, 'node_modules', 'rockpool', 'lib', 'worker', 'entry.js');
    fs.rmSync(entry);
    const error = JSON.parse(await workplace.node(folder, ['-e', `
      try {
        new (require('rockpool').Piscina)({ filename: '/worker.js' });
      } catch ({ code, message, path }) {
        console.log(JSON.stringify({ code, message, path }));
      }
    `]));
    assert.deepEqual([error.code, error.path], ['ERR_ROCKPOOL_ENTRY_MISSING', entry]);
    assert.match(error.message, /was bundled: mark rockpool as external.*"Bundling" in docs\/installing\.md$/);
  });

  test('keeps the names of the sources, for stacks, and lines that Node can print', { timeout }, async () => {
    const program = 'const { Piscina } = require("rockpool");\nconsole.log(Piscina.FixedQueue.name);\nnew Piscina({ maxThreads: 0 });';
    const { stdout, stderr } = await workplace.node(project, ['-e', program]).then(() => assert.fail(), (error) => error);
    assert.equal(stdout, 'FixedQueue\n');
    assert.match(stderr, /at normalizeOptions \(.*piscina\.js:\d+:\d+\)/);
    for (const line of stderr.split('\n')) assert.ok(line.length < 400, line);
  });
});

describe('a tree of sources', () => {
  test('runs from its sources, also when it has been packed', { timeout }, async () => {
    const { atFirst, inWorker } = await runProgram(root);
    for (const file of ['lib/piscina.js', 'lib/pool/thread-pool.js']) assert.ok(atFirst.includes(file), atFirst.join());
    for (const file of ['lib/worker/entry.js', 'lib/worker/loop.js']) assert.ok(inWorker.includes(file), inWorker.join());
  });

  test('has no bundle that could be older than they are', () => {
    const names = fs.readdirSync(path.join(root, 'lib'), { recursive: true }).map(String);
    assert.ok(names.includes('piscina.js'));
    for (const name of names.filter((name) => name.endsWith('.js'))) {
      assert.doesNotMatch(fs.readFileSync(path.join(root, 'lib', name), 'utf8'), /__commonJS/, name);
    }
  });

  test('is followed when it is edited', { timeout }, async () => {
    const folder = workplace.project({ 'worker.js': 'module.exports = () => 1;\n' });
    const copy = path.join(folder, 'tree');
    for (const name of ['index.js', 'package.json', 'lib']) fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
    const mark = (/** @type {string} */ file) => fs.appendFileSync(path.join(copy, file), `\nconsole.log('${file}');\n`);
    mark('lib/pool/thread-pool.js');
    mark('lib/worker/loop.js');
    const output = await workplace.node(folder, ['-e', `
      const { Piscina } = require('./tree');
      const pool = new Piscina({ filename: require('node:path').resolve('worker.js'), maxThreads: 1 });
      pool.run(1).then(() => pool.close());
    `]);
    assert.deepEqual(output.trim().split('\n'), ['lib/pool/thread-pool.js', 'lib/worker/loop.js']);
  });
});
