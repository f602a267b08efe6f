'use strict';

// Applies each change of list.js to a copy of the sources and runs the models that it names there: one has to fail. Takes
// an hour on two cores, so it is not part of `npm test`, which only looks whether the changes still apply.
//
//   npm run mutations
//   npm run mutations -- --only nap      those whose description has this in it
//   npm run mutations -- --table         writes the table of src/scheduler/README.md, runs nothing

const { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const { run } = require('../process');
const { mutations } = require('./list');

/** @typedef {import('./list').Mutation} Mutation */

const root = join(__dirname, '..', '..', '..');
const readme = join(root, 'src', 'scheduler', 'README.md');
const section = /<!-- mutations -->[\s\S]*?<!-- \/mutations -->/;

/** Seconds for one build and its models. */
const limit = 900;

/**
 * Replaces the one place of a text that says `from`. Indentation and line breaks do not count, so that the formatter may
 * move what it likes.
 *
 * @param {string} text
 * @param {string} from
 * @param {string} to
 * @param {string} file its name, for the error
 */
function edit (text, from, to, file) {
  const words = from.trim().split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const found = [...text.matchAll(new RegExp(words.join('\\s+'), 'g'))];
  if (found.length !== 1) throw new Error(`${file} has this ${found.length} times, not once:\n${from}`);
  const [{ 0: { length }, index }] = found;
  return text.slice(0, index) + to + text.slice(index + length);
}

/**
 * The files that a mutation changes, as they are afterwards.
 *
 * @param {Mutation} mutation
 * @param {string} [folder] of the sources
 * @returns {Map<string, string>}
 */
function mutate ({ edits }, folder = root) {
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const [file, from, to] of edits) {
    files.set(file, edit(files.get(file) ?? readFileSync(join(folder, file), 'utf8'), from, to, file));
  }
  return files;
}

/** @param {string} text of src/scheduler/README.md */
function fillTable (text) {
  const rows = mutations.map(({ what, caughtBy }) => `| ${what} | \`${caughtBy.replace(/^scheduler::models::/, '')}\` |`);
  return text.replace(section, ['<!-- mutations -->', '| change | caught by |', '|---|---|', ...rows, '<!-- /mutations -->'].join('\n'));
}

/**
 * @param {Mutation} mutation
 * @param {string} copy of the sources
 * @returns {Promise<{ failed: string[], problem: string | null }>} the models that failed; why none did
 */
async function tryMutation (mutation, copy) {
  const files = mutate(mutation, copy);
  const originals = [...files.keys()].map((file) => /** @type {const} */ ([file, readFileSync(join(copy, file))]));
  for (const [file, text] of files) writeFileSync(join(copy, file), text);
  try {
    const args = ['test', '--no-default-features', '--release', '--lib', '--target-dir', join(root, 'target', 'loom'), '--', mutation.caughtBy];
    const { problem, output } = await run('cargo', args, {
      cwd: copy,
      seconds: limit,
      echo: false,
      env: {
        ...process.env,
        RUSTFLAGS: `${process.env.RUSTFLAGS ?? ''} --cfg loom`.trim(),
        LOOM_MAX_PREEMPTIONS: String(mutation.switches ?? 2),
        CARGO_PROFILE_RELEASE_LTO: 'off',
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16'
      }
    });
    const failed = [...output.matchAll(/^test (\S+) .*FAILED$/gm)].map(([, name]) => name);
    // A mutation that does not compile, or whose models do not end, shows nothing.
    return { failed, problem: failed.length > 0 ? null : problem === null ? 'every model passes' : `${problem}\n${output.slice(-3000)}` };
  } finally {
    for (const [file, text] of originals) writeFileSync(join(copy, file), text);
  }
}

async function main () {
  const { values: { only, table } } = parseArgs({
    options: { only: { type: 'string', default: '' }, table: { type: 'boolean', default: false } }
  });
  if (table) {
    writeFileSync(readme, fillTable(readFileSync(readme, 'utf8')));
    return 0;
  }
  const chosen = mutations.filter(({ what }) => what.includes(only));
  const copy = mkdtempSync(join(tmpdir(), 'rockpool-mutations-'));
  let missed = 0;
  try {
    for (const name of ['Cargo.toml', 'Cargo.lock', 'build.rs', 'src', 'benches']) {
      cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !path.includes('node_modules') });
    }
    for (const mutation of chosen) {
      const start = performance.now();
      const { failed, problem } = await tryMutation(mutation, copy);
      const seconds = Math.round((performance.now() - start) / 1000);
      if (problem !== null) missed++;
      console.log(problem === null
        ? `caught  ${mutation.what} (${seconds} s): ${failed.join(', ')}`
        : `MISSED  ${mutation.what} (${seconds} s): ${problem}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  console.log(`${chosen.length - missed} passed, ${missed} failed`);
  return missed === 0 && chosen.length > 0 ? 0 : 1;
}

module.exports = { fillTable, mutate, mutations, readme };

if (require.main === module) {
  main().then((code) => {
    process.exitCode = code;
  });
}
