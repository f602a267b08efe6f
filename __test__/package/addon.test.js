'use strict';

// What happens where the addon is missing, broken, or not the one for this JavaScript; and where it is loaded twice.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');

const { Workplace, manifestOf } = require('./support');

const timeout = 120_000;
const workplace = new Workplace();
before(() => workplace.pack(), { timeout });
after(() => workplace.remove());

const { version } = require('../../package.json');

describe('an addon that cannot be used', () => {
  let folder = '';
  /** The place beside the JavaScript where an addon that is built here stands; the loader looks there first. */
  let local = '';

  before(async () => {
    folder = workplace.project();
    // As for a platform that has no package.
    await workplace.npm(folder, ['install', workplace.tarballs.main]);
    local = path.join(folder, 'node_modules', 'rockpool', 'lib', 'native', manifestOf(workplace.tarballs.addon).main);
    fs.mkdirSync(path.dirname(local));
  }, { timeout });

  /**
   * What loading the package throws.
   *
   * @param {string[]} [args] for node
   * @returns {Promise<{ code: string, message: string, cause?: string }>}
   */
  async function failure (args = []) {
    return JSON.parse(await workplace.node(folder, [...args, '-e', `
      try {
        require('rockpool');
      } catch ({ code, message, cause }) {
        console.log(JSON.stringify({ code, message, cause: cause?.message }));
      }
    `]));
  }

  test('is missing: the error names the platform, the package, and how to build it', { timeout }, async () => {
    const { code, message } = await failure();
    assert.equal(code, 'ERR_ROCKPOOL_ADDON_UNAVAILABLE');
    assert.ok(message.includes(`for ${process.platform}-${process.arch}: the package ${workplace.addonPackage} is not installed`), message);
    assert.ok(message.includes(`@${version}`), message);
    assert.match(message, /build the addon from source.*napi-rs\/cli.* build --platform --release/);
    assert.ok(message.endsWith(path.join(folder, 'node_modules', 'rockpool')), message);
    assert.ok(!message.includes('\n'), message);
  });

  test('is missing on a platform that nothing is made for', { timeout }, async () => {
    const preload = path.join(folder, 'sunos.js');
    fs.writeFileSync(preload, "Object.defineProperty(process, 'platform', { value: 'sunos' });\n");
    const { code, message, cause } = await failure(['--require', preload]);
    assert.equal(code, 'ERR_ROCKPOOL_ADDON_UNAVAILABLE');
    assert.ok(message.includes(`for sunos-${process.arch}: the package rockpool-sunos-${process.arch} is not installed`), message);
    assert.match(String(cause), /Unsupported OS: sunos/);
  });

  test('is missing on a platform that has another package', { timeout }, async () => {
    const preload = path.join(folder, 'android.js');
    fs.writeFileSync(preload, "Object.defineProperties(process, { platform: { value: 'android' }, arch: { value: 'arm64' } });\n");
    const { message } = await failure(['--require', preload]);
    assert.ok(message.includes('for android-arm64: the package rockpool-android-arm64 is not installed'), message);
  });

  test('is the only thing that an uncaught error speaks of', { timeout }, async () => {
    const error = await workplace.node(folder, ['-e', "require('rockpool')"]).then(() => assert.fail(), (error) => error);
    assert.equal(error.stderr.match(/^Error: Cannot load rockpool's native addon/gm)?.length, 1, error.stderr);
  });

  test('is no addon: the error is what loading it throws', { timeout }, async () => {
    fs.writeFileSync(local, 'no addon');
    try {
      const { code, message, cause } = await failure();
      assert.equal(code, 'ERR_ROCKPOOL_ADDON_UNAVAILABLE');
      assert.ok(cause?.includes(path.basename(local)), cause);
      assert.ok(message.endsWith(String(cause).split('\n')[0]), message);
    } finally {
      fs.rmSync(local);
    }
  });

  test('is of another version: the error names both', { timeout }, async () => {
    fs.copyFileSync(path.join(__dirname, '..', '..', 'lib', 'native', path.basename(local)), local);
    const bundle = path.join(folder, 'node_modules', 'rockpool', 'lib', 'piscina.js');
    const content = fs.readFileSync(bundle, 'utf8');
    assert.equal(content.split(`version:"${version}"`).length, 2);
    fs.writeFileSync(bundle, content.replace(`version:"${version}"`, 'version:"99.1.2"'));
    try {
      const { code, message } = await failure();
      assert.equal(code, 'ERR_ROCKPOOL_ADDON_UNAVAILABLE');
      assert.ok(message.includes(`${local} is of version ${version} and the JavaScript of version 99.1.2`), message);
    } finally {
      fs.writeFileSync(bundle, content);
      fs.rmSync(local);
    }
  });

  test('is somebody else\'s: the error says that it has no version', { timeout }, async () => {
    const nice = require.resolve('@napi-rs/nice');
    require(nice);
    const foreign = Object.keys(require.cache).find((file) => file.endsWith('.node') && file.includes('nice'));
    assert.ok(foreign);
    fs.copyFileSync(foreign, local);
    try {
      const { code, message } = await failure();
      assert.equal(code, 'ERR_ROCKPOOL_ADDON_UNAVAILABLE');
      assert.ok(message.includes(`${local} is of version unknown and the JavaScript of version ${version}`), message);
    } finally {
      fs.rmSync(local);
    }
  });
});

describe('two copies in one process, one of them as piscina', () => {
  let folder = '';
  before(async () => {
    folder = workplace.project({
      'package.json': {
        private: true,
        dependencies: {
          piscina: workplace.specifiers.main,
          rockpool: workplace.specifiers.main,
          [workplace.addonPackage]: workplace.specifiers.addon
        }
      },
      // Loads the copy that its pool is not of.
      'worker.js': `
        const { isWorkerThread, move, workerData } = require(require('node:worker_threads').workerData.other);
        module.exports = ({ bytes }) => {
          const answer = new Uint8Array([...bytes, isWorkerThread ? workerData.number : 0]);
          return move(answer);
        };
      `,
      'program.js': `
        const assert = require('node:assert');
        const fs = require('node:fs');
        const copies = { piscina: require('piscina'), rockpool: require('rockpool') };
        assert.notEqual(copies.piscina, copies.rockpool);

        async function use (name, other, number) {
          const pool = new copies[name]({ filename: __dirname + '/worker.js', maxThreads: 1, workerData: { other, number } });
          const bytes = new Uint8Array([1, 2]);
          // The other's mark: without it there would be a wrapper in the worker, and nothing would have moved.
          const holder = { [copies[other].transferableSymbol]: bytes.buffer, [copies[other].valueSymbol]: { bytes } };
          const task = pool.run(copies[other].move(holder));
          assert.equal(bytes.length, 0);
          assert.deepEqual(await task, new Uint8Array([1, 2, number]));
          await copies[name].kernels.blake3(new Uint8Array(1 << 20));
          await pool.close();
        }

        const countKernelThreads = () => fs.readdirSync('/proc/self/task').filter((id) =>
          fs.readFileSync('/proc/self/task/' + id + '/comm', 'utf8').startsWith('rockpool-kernel')).length;

        Promise.all([use('piscina', 'rockpool', 3), use('rockpool', 'piscina', 4)]).then(async () => {
          const addons = Object.keys(require.cache).filter((file) => file.endsWith('.node') && file.includes('rockpool'));
          let threads = 0;
          if (process.platform === 'linux') {
            // A thread gives itself its name once it runs, which one that had nothing to do yet may not have done.
            for (let turn = 0; turn < 1000 && (threads = countKernelThreads()) < 2; turn++) {
              await new Promise((resolve) => setTimeout(resolve, 5));
            }
          }
          console.log(JSON.stringify({ addons, threads }));
        });
      `
    });
    await workplace.npm(folder, ['install']);
  }, { timeout });

  /** Runs both, and checks that they have one set of kernel threads. */
  async function runBoth () {
    const { addons, threads } = JSON.parse(await workplace.node(folder, ['program.js'], { ROCKPOOL_KERNEL_THREADS: '2' }));
    assert.equal(addons.length, 1, addons.join());
    if (process.platform === 'linux') assert.equal(threads, 2);
    return addons[0];
  }

  test('work, understand each other\'s move(), and share the kernel threads', { timeout }, async () => {
    assert.ok((await runBoth()).includes(workplace.addonPackage));
  });

  test('share them even where each has an addon of its own', { timeout }, async () => {
    const { main } = manifestOf(workplace.tarballs.addon);
    for (const name of ['piscina', 'rockpool']) {
      const addon = path.join(folder, 'node_modules', workplace.addonPackage, main);
      const native = path.join(folder, 'node_modules', name, 'lib', 'native');
      fs.mkdirSync(native);
      fs.copyFileSync(addon, path.join(native, main));
    }
    assert.equal(await runBoth(), path.join(folder, 'node_modules', 'piscina', 'lib', 'native', main));
  });
});
