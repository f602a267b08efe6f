'use strict';

// The demo: an asset pipeline over a real folder. Each file is read, minified in the pool's
// Workers, hashed, and written out beside a manifest. `npm run demo -- --help` lists the options.

const { join } = require('node:path');
const { UsageError, parseArguments, usage } = require('./arguments');
const { findFiles } = require('./find-files');
const { OutputError, runPipeline } = require('./pipeline');
const { createProgress } = require('./progress');
const { createReport, formatBytes } = require('./report');

/** @param {AbortController} interrupt */
function onInterrupt (interrupt) {
  // The second Ctrl-C does not wait for anything.
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
}

/** @param {import('./arguments').DemoArguments} options */
async function runDemo (options) {
  const { source, out, limit, maxSize, threads } = options;
  const { files, tooLarge } = await findFiles(source, { except: out, limit, maxSize });
  if (files.length === 0) {
    console.error(`there is no JavaScript in ${source}${tooLarge.length > 0 ? ' below --max-size' : ''}`);
    return 1;
  }
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  console.log(`${count}, ${formatBytes(size)}, from ${source}; Workers: ${threads}`);
  if (files.length === limit) console.log(`stopped looking at --limit ${limit}`);
  if (tooLarge.length > 0) {
    const largest = tooLarge.reduce((a, b) => (a.size > b.size ? a : b));
    console.log(
      `left out: ${tooLarge.length} above ${formatBytes(maxSize)}, ${largest.path} with ${formatBytes(largest.size)} the largest; --max-size none takes them`
    );
  }

  const interrupt = new AbortController();
  const listener = () => onInterrupt(interrupt);
  process.on('SIGINT', listener);
  const outcomes = [];
  try {
    for (const engineName of options.engines) {
      console.log(`\n${engineName}`);
      const progress = createProgress(process.stdout, files.length);
      try {
        const outcome = await runPipeline({
          source,
          files,
          engineName,
          out: join(out, engineName),
          threads,
          signal: interrupt.signal,
          onProgress: progress.update
        });
        outcomes.push(outcome);
      } finally {
        progress.end();
      }
      if (interrupt.signal.aborted) {
        const { files: count } = outcomes[outcomes.length - 1];
        console.log(`interrupted after ${count} of ${files.length} files; there is no manifest`);
        return 130;
      }
    }
  } finally {
    process.off('SIGINT', listener);
  }
  console.log(`\n${createReport(outcomes)}`);
  // One bad file is the input's fault; when there is nothing else, something else is wrong.
  return outcomes.every((outcome) => outcome.files > 0) ? 0 : 1;
}

async function main () {
  try {
    const options = parseArguments(process.argv.slice(2));
    if (options !== null) return await runDemo(options);
    console.log(usage);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof OutputError)) throw error;
    console.error(error.message);
    return 1;
  }
}

main().then((code) => {
  process.exitCode = code;
});
