'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { after, describe, test } = require('node:test');

const ts = require('typescript');

const { fill } = require('../../benches/tables');
const { blocksOf, commandsOf, languagesOf, pages, read, root } = require('./markdown');
const { scripts } = require('../../package.json');

const timeout = 60_000;

/** A folder in which `require('rockpool')` finds this package, as in a program that has installed it. */
function makeProject () {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rockpool-docs-')));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'rockpool'), 'junction');
  return folder;
}

/**
 * @param {string} folder
 * @param {string[]} args
 * @returns {Promise<{ code: unknown, stdout: string, stderr: string }>}
 */
function runNode (folder, args) {
  return new Promise((resolve) => {
    // Set where we are ourselves part of a test: a child that inherits it would report to the runner.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    execFile(process.execPath, args, { cwd: folder, env, timeout: timeout - 5_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code ?? error.signal, stdout, stderr });
    });
  });
}

/** @param {string} code */
const extensionOf = (code) => /^(?:import|export) /m.test(code) ? '.mjs' : '.cjs';

/**
 * What a block says that it prints: the ends of its lines after `// →`.
 *
 * @param {string} code
 */
const promised = (code) => [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text);

/**
 * What the compiler says about programs in TypeScript.
 *
 * @param {string[]} files
 */
function compile (files) {
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram(files, {
    noEmit: true,
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')]
  }));
  return diagnostics.map(({ messageText, file }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}

for (const page of pages) {
  const all = blocksOf(page);
  const typed = all.filter((block) => block.typed);
  if (typed.length > 0) {
    test(`the TypeScript in ${page} compiles`, { timeout }, (t) => {
      const folder = makeProject();
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const files = typed.map(({ file, line, code }) => {
        const path = join(folder, file ?? `line-${line}.ts`);
        writeFileSync(path, code);
        return path;
      });
      assert.deepEqual(compile(files), []);
    });
  }

  const blocks = all.filter((block) => !block.typed);
  if (blocks.length === 0) continue;

  describe(`the code in ${page}`, () => {
    const folder = makeProject();
    after(() => rmSync(folder, { recursive: true, force: true }));
    for (const { file, code } of blocks) {
      if (file === null) continue;
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), code);
    }

    for (const { file, code, line, syntaxOnly } of blocks) {
      if (syntaxOnly !== null || file !== null) {
        test(`of line ${line} parses${syntaxOnly === null ? '' : ` (not run: ${syntaxOnly})`}`, { timeout }, async () => {
          const path = join(folder, file ?? `line-${line}${extensionOf(code)}`);
          writeFileSync(path, code);
          const { code: exit, stderr } = await runNode(folder, ['--check', path]);
          assert.equal(exit, 0, stderr);
        });
      } else {
        test(`of line ${line} runs and prints what it says`, { timeout }, async () => {
          const path = join(folder, `line-${line}${extensionOf(code)}`);
          writeFileSync(path, code);
          const { code: exit, stdout, stderr } = await runNode(folder, [path]);
          assert.equal(exit, 0, stderr);
          const wanted = promised(code);
          const printed = stdout.split('\n').filter((text) => text !== '');
          // Lines that nothing is said about depend on the machine.
          if (wanted.length > 0) assert.deepEqual(printed, wanted);
        });
      }
    }
  });
}

for (const page of pages) {
  test(`the commands of ${page} exist, and all its blocks are tested`, { timeout }, () => {
    // The example in Rust is run by cargo test (src/kernels/mod.rs). What has no language is a drawing.
    const tested = ['js', 'ts', 'json', 'sh', 'diff', '', ...(page === 'src/kernels/README.md' ? ['rust'] : [])];
    assert.deepEqual(languagesOf(page).filter((language) => !tested.includes(language)), []);
    for (const [, text] of read(page).matchAll(/^```json\n([\s\S]*?)^```$/gm)) JSON.parse(text);
    for (const command of commandsOf(page).flatMap((line) => line.split(' && '))) {
      const script = /^npm (?:run )?(test|(?<=run )\S+)/.exec(command)?.[1];
      if (script !== undefined) assert.ok(script in scripts, command);
      const file = /^node (?:--\S+ )*([^\s*]+\/[^\s*]+)(?: |$)/.exec(command)?.[1];
      if (file !== undefined) assert.ok(existsSync(join(root, dirname(page), file)) || existsSync(join(root, file)), command);
    }
  });
}

for (const page of ['README.md', 'docs/performance.md']) {
  test(`${page} shows the results that it names`, { timeout }, () => {
    assert.match(read(page), /<!-- \/(results|kernels|behind) -->/);
    assert.equal(fill(read(page)), read(page), 'run "node benches/tables.js"');
  });
}
