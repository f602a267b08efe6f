'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const vm = require('node:vm');
const zlib = require('node:zlib');
const { kernels } = require('../..');

const demo = join(__dirname, '..', '..', 'demo', 'index.js');
const timeout = 60_000;

/** @type {Record<string, string>} */
const sources = {
  'sum.js': 'function sum(first, second) {\n  // adds\n  return first + second;\n}\nmodule.exports = sum(40, 2);\n',
  'empty.js': '',
  'broken.js': 'const a = 1;\nfunction ( {\n',
  'nested/deep/module.mjs': 'export const  value = await Promise.resolve( 1 );\n',
  'nested/common.cjs': "exports.text = 'grüße 🚀';\n",
  'nested/readme.md': '# not JavaScript\n',
  'large.js': `module.exports = [${'1, '.repeat(4000)}];\n`
};

/**
 * @param {...string} args
 * @returns {Promise<{ code: number | null, stdout: string, stderr: string }>}
 */
function runDemo (...args) {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [demo, ...args], (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

/** @type {string} */
let folder;
/** @type {string} */
let source;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-demo-'));
  source = join(folder, 'source');
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), text);
  }
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string} path */
function minifiedExports (path) {
  const module = { exports: /** @type {any} */ ({}) };
  vm.runInNewContext(readFileSync(path, 'utf8'), { module, exports: module.exports });
  return module.exports;
}

for (const engine of ['rockpool', 'piscina']) {
  describe(`the pipeline on ${engine}`, () => {
    /** @type {string} */
    let out;
    /** @type {{ code: number | null, stdout: string, stderr: string }} */
    let result;

    before(
      async () => {
        out = join(folder, `out-${engine}`);
        result = await runDemo(source, '--engine', engine, '--out', out, '--threads', '2', '--max-size', '8k');
      },
      { timeout }
    );

    test('ends well although a file cannot be parsed', () => {
      assert.equal(result.stderr, '');
      assert.equal(result.code, 0);
    });

    test('writes every file that it can, under its relative path, with the same meaning', () => {
      const read = (/** @type {string} */ path) => readFileSync(join(out, engine, path), 'utf8');
      assert.equal(minifiedExports(join(out, engine, 'sum.js')), 42);
      assert.equal(minifiedExports(join(out, engine, 'nested/common.cjs')).text, 'grüße 🚀');
      assert.match(read('nested/deep/module.mjs'), /^export const \w+=await Promise\.resolve\(1\)/);
      assert.equal(read('empty.js'), '');
      assert.equal(existsSync(join(out, engine, 'broken.js')), false);
      assert.equal(existsSync(join(out, engine, 'nested/readme.md')), false);
    });

    test('writes each file as .gz and .zst, too', () => {
      const hasZstd = engine === 'rockpool' || 'zstdCompress' in zlib;
      for (const path of ['empty.js', 'sum.js', 'nested/common.cjs', 'nested/deep/module.mjs']) {
        const target = join(out, engine, path);
        const bytes = readFileSync(target);
        assert.deepEqual(zlib.gunzipSync(readFileSync(`${target}.gz`)), bytes);
        assert.equal(existsSync(`${target}.zst`), hasZstd);
        if (!hasZstd) continue;
        const zstd = readFileSync(`${target}.zst`);
        const plain = 'zstdDecompressSync' in zlib
          ? zlib.zstdDecompressSync(zstd)
          : Buffer.from(kernels.sync.zstd.decompress(zstd).output);
        assert.deepEqual(plain, bytes);
      }
    });

    test('writes a manifest that agrees with the files', () => {
      const manifest = JSON.parse(readFileSync(join(out, engine, 'manifest.json'), 'utf8'));
      assert.equal(manifest.engine, engine);
      const written = ['empty.js', 'nested/common.cjs', 'nested/deep/module.mjs', 'sum.js'];
      assert.deepEqual(
        manifest.files.map((/** @type {{ source: string }} */ file) => file.source),
        written
      );
      let bytesIn = 0;
      let bytesOut = 0;
      let bytesGzip = 0;
      let bytesZstd = 0;
      const hasZstd = existsSync(join(out, engine, 'sum.js.zst'));
      for (const file of manifest.files) {
        const bytes = readFileSync(join(out, engine, file.source));
        assert.equal(file.bytesIn, Buffer.byteLength(sources[file.source]));
        assert.equal(file.bytesOut, bytes.length);
        assert.match(file[manifest.hash], /^[0-9a-f]{64}$/);
        if (manifest.hash === 'sha256') {
          assert.equal(file.sha256, createHash('sha256').update(bytes).digest('hex'));
        }
        bytesIn += file.bytesIn;
        bytesOut += file.bytesOut;
        assert.equal(file.bytesGzip, readFileSync(join(out, engine, `${file.source}.gz`)).length);
        assert.equal(file.bytesZstd, hasZstd ? readFileSync(join(out, engine, `${file.source}.zst`)).length : null);
        bytesGzip += file.bytesGzip;
        bytesZstd += file.bytesZstd;
      }
      assert.deepEqual(manifest.totals, { files: 4, failed: 1, bytesIn, bytesOut, bytesGzip, bytesZstd: hasZstd ? bytesZstd : null });
    });

    test('names the file that cannot be parsed, and where', () => {
      assert.match(result.stdout, /1 file failed:\n {2}broken\.js: .*line 2/);
      const manifest = JSON.parse(readFileSync(join(out, engine, 'manifest.json'), 'utf8'));
      assert.equal(manifest.failed.length, 1);
      assert.equal(manifest.failed[0].path, 'broken.js');
    });

    test('says what it leaves out', () => {
      assert.match(result.stdout, /left out: 1 above 8\.0 KiB, large\.js /);
    });

    test('prints plain lines where there is no terminal, and the table', () => {
      for (const control of ['\r', '\x1b']) assert.ok(!result.stdout.includes(control));
      assert.match(result.stdout, / {2}5 of 5 files\n/);
      for (const row of ['files written', 'bytes in', 'tasks a second', 'waiting, median', 'running, p99', 'utilisation']) {
        assert.match(result.stdout, new RegExp(`^${row} +\\d`, 'm'));
      }
      for (const stage of ['read', 'minify', 'gzip', 'write']) {
        assert.match(result.stdout, new RegExp(`^a file's ${stage}, median, p99 +\\d`, 'm'));
      }
      assert.match(result.stdout, /^longest delay of the event loop +\d/m);
    });
  });
}

test('the digest of an empty file is that of BLAKE3', { timeout }, async () => {
  const lone = join(folder, 'lone');
  mkdirSync(lone);
  writeFileSync(join(lone, 'empty.js'), '');
  const out = join(folder, 'out-lone');
  assert.equal((await runDemo(lone, '--out', out)).code, 0);
  const { files } = JSON.parse(readFileSync(join(out, 'rockpool', 'manifest.json'), 'utf8'));
  assert.equal(files[0].blake3, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262');
});

test('both engines give the same files', { timeout }, async () => {
  const out = join(folder, 'out-both');
  const { code, stdout } = await runDemo(source, '--engine', 'both', '--out', out);
  assert.equal(code, 0);
  assert.match(stdout, /^ +rockpool +piscina$/m);
  for (const path of ['sum.js', 'large.js', 'nested/common.cjs', 'nested/deep/module.mjs']) {
    assert.deepEqual(readFileSync(join(out, 'rockpool', path)), readFileSync(join(out, 'piscina', path)));
  }
});

test('an output folder inside the source folder is not taken for source', { timeout }, async () => {
  const nested = join(folder, 'with-output');
  mkdirSync(nested);
  writeFileSync(join(nested, 'one.js'), 'one();');
  for (let round = 0; round < 2; round++) {
    const { code, stdout } = await runDemo(nested, '--out', join(nested, 'out'));
    assert.equal(code, 0);
    assert.match(stdout, /^1 file, /);
  }
});

test('--limit takes the first files in the order of their names', { timeout }, async () => {
  const out = join(folder, 'out-limit');
  assert.equal((await runDemo(source, '--limit', '2', '--out', out, '--max-size', 'none')).code, 0);
  const manifest = JSON.parse(readFileSync(join(out, 'rockpool', 'manifest.json'), 'utf8'));
  assert.deepEqual(manifest.totals.files + manifest.totals.failed, 2);
  assert.equal(manifest.files[0].source, 'empty.js');
});

test('fails when no file could be minified', { timeout }, async () => {
  const bad = join(folder, 'only-broken');
  mkdirSync(bad);
  writeFileSync(join(bad, 'broken.js'), 'function ( {');
  assert.equal((await runDemo(bad, '--out', join(folder, 'out-bad'))).code, 1);
});

test('an interrupt ends the run and leaves no manifest', { timeout, skip: process.platform === 'win32' && 'no signals' }, async () => {
  const many = join(folder, 'many');
  mkdirSync(many);
  for (let index = 0; index < 2000; index++) writeFileSync(join(many, `${index}.js`), sources['large.js']);
  const out = join(folder, 'out-many');
  const child = execFile(process.execPath, [demo, many, '--out', out]);
  let printed = '';
  child.stdout?.on('data', (text) => {
    printed += text;
    // The first tenth is done: tasks run, and many wait. One interrupt only: the second one ends the process at once.
    if (/200 of 2000/.test(printed) && !child.killed) child.kill('SIGINT');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 130);
  assert.match(printed, /interrupted after \d+ of 2000 files/);
  assert.equal(existsSync(join(out, 'rockpool', 'manifest.json')), false);
});

describe('a wrong argument is one line that names it', () => {
  /** @type {[args: string[], message: RegExp][]} */
  const wrong = [
    [['--engine', 'tinypool'], /--engine takes rockpool, piscina or both, not "tinypool"/],
    [['--threads', '0'], /--threads takes a whole number/],
    [['--limit', '1.5'], /--limit takes a whole number/],
    [['--max-size', '1q'], /--max-size takes bytes/],
    [['--fast'], /--fast/],
    [['--threads'], /--threads/],
    [['no-such-folder'], /"no-such-folder" is not a folder/],
    [['.', '..'], /one folder is taken, not 2/],
    [['demo', '--out', '.'], /--out "\." holds the source folder/],
    [['demo', '--out', 'package.json'], /--out "package.json" is not a folder/]
  ];
  for (const [args, message] of wrong) {
    test(args.join(' '), { timeout }, async () => {
      const { code, stdout, stderr } = await runDemo(...args);
      assert.equal(code, 1);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split('\n').length, 1);
    });
  }
});

test('--help prints the options', { timeout }, async () => {
  const { code, stdout } = await runDemo('--help');
  assert.equal(code, 0);
  for (const option of ['--engine', '--out', '--threads', '--limit', '--max-size']) {
    assert.ok(stdout.includes(option));
  }
});
