'use strict';

// The temporary tree in which piscina's own tests run: its test folder as it is in the installed package, and around
// it small modules of the names that the tests import, which lead to the engine under test.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');
const piscinaRoot = path.join(root, 'node_modules', 'piscina');

/** The packages that the tests import; their other imports are Node's own or in the tree. */
const linkedPackages = ['tsx', 'typescript', 'abort-controller', 'concat-stream', '@napi-rs/nice'];

/**
 * @param {string} file
 * @returns {string} an expression that loads the file, wherever the tree is
 */
const load = (file) => `require(${JSON.stringify(file)})`;

/**
 * The modules of the tree for each engine, by path. Both lists have the same paths, so that the run on piscina
 * itself shows that this harness changes nothing.
 *
 * @type {Record<string, { packageRoot: string, esm: string, modules: Record<string, string> }>}
 */
const engines = {
  piscina: {
    packageRoot: piscinaRoot,
    esm: path.join(piscinaRoot, 'dist', 'esm-wrapper.mjs'),
    modules: {
      'main.js': `module.exports = ${load(path.join(piscinaRoot, 'dist', 'main.js'))};`,
      'dist/index.js': `module.exports = ${load(path.join(piscinaRoot, 'dist', 'main.js'))};`,
      'dist/symbols.js': `module.exports = ${load(path.join(piscinaRoot, 'dist', 'symbols.js'))};`,
      'dist/common.js': `module.exports = ${load(path.join(piscinaRoot, 'dist', 'common.js'))};`,
      'dist/worker_pool/index.js': 'module.exports = {};'
    }
  },
  rockpool: {
    packageRoot: root,
    esm: path.join(root, 'index.mjs'),
    modules: {
      'main.js': `module.exports = ${load(path.join(root, 'index.js'))};`,
      'dist/index.js': `module.exports = ${load(path.join(root, 'index.js'))};`,
      'dist/symbols.js': `module.exports = ${load(path.join(root, 'lib', 'symbols.js'))};`,
      'dist/common.js': [
        `const { isMovable, markMovable, isTransferable } = ${load(path.join(root, 'lib', 'transfer.js'))};`,
        "const { availableParallelism: getAvailableParallelism } = require('node:os');",
        'module.exports = { isMovable, markMovable, isTransferable, getAvailableParallelism };'
      ].join('\n'),
      // The tests take types alone from here.
      'dist/worker_pool/index.js': 'module.exports = {};'
    }
  }
};

/**
 * Writes the tree.
 *
 * @param {string} engineName
 * @returns {{ directory: string, files: string[], remove: () => void }} files: the test files, relative to the directory
 */
function buildTree (engineName) {
  const engine = engines[engineName];
  if (engine === undefined) throw new Error(`--engine must be one of ${Object.keys(engines).join(', ')}`);

  // The real path: a fixture that is loaded twice under two names would be two modules.
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'rockpool-conformance-')));
  fs.cpSync(path.join(piscinaRoot, 'test'), path.join(directory, 'test'), { recursive: true });
  for (const [file, source] of Object.entries(engine.modules)) {
    fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    fs.writeFileSync(path.join(directory, file), `'use strict';\n\n${source}\n`);
  }
  const esm = JSON.stringify(`file://${engine.esm}`);
  fs.writeFileSync(path.join(directory, 'main.mjs'), `export * from ${esm};\nexport { default } from ${esm};\n`);
  const { version } = JSON.parse(fs.readFileSync(path.join(engine.packageRoot, 'package.json'), 'utf8'));
  fs.writeFileSync(path.join(directory, 'package.json'), JSON.stringify({
    // The name makes `import('piscina')` in the tests a reference of the tree to itself.
    name: 'piscina',
    version,
    main: './main.js',
    exports: { import: './main.mjs', require: './main.js' }
  }, null, 2));
  for (const name of linkedPackages) {
    const link = path.join(directory, 'node_modules', name);
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.symlinkSync(path.join(root, 'node_modules', name), link, 'junction');
  }

  const files = fs.readdirSync(path.join(directory, 'test'))
    .filter((name) => name.endsWith('test.ts'))
    .sort()
    .map((name) => path.join('test', name));
  return { directory, files, remove: () => fs.rmSync(directory, { recursive: true, force: true }) };
}

module.exports = { buildTree, engineNames: Object.keys(engines), piscinaRoot };
