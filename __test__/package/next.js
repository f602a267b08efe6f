'use strict';

// An application of Next.js, built by Turbopack and by webpack the way that docs/installing.md says. Installs Next.js from
// the registry, 340 MB, and takes two minutes: so it is no part of `npm test`.
//
//   npm run test:next

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { after, before, test } = require('node:test');

const { npmCommand } = require('../../ci/build/npm');
const { Workplace, root, run } = require('./support');

const timeout = 600_000;
const workplace = new Workplace();
const env = { ...workplace.env, NEXT_TELEMETRY_DISABLED: '1' };

const page = fs.readFileSync(path.join(root, 'docs', 'installing.md'), 'utf8');
const [option] = /serverExternalPackages: \[[^\]]*\]/.exec(page) ?? [];

let project = '';
before(async () => {
  assert.ok(option !== undefined, 'the page names the option');
  await workplace.pack();
  project = workplace.project({
    'package.json': {
      private: true,
      dependencies: {
        next: '16.4.6',
        react: '^19.0.0',
        'react-dom': '^19.0.0',
        rockpool: workplace.specifiers.main,
        [workplace.addonPackage]: workplace.specifiers.addon
      }
    },
    'next.config.js': `module.exports = { ${option} };\n`,
    'worker.js': 'module.exports = ({ a, b }) => a + b;\n'
  });
  fs.mkdirSync(path.join(project, 'app', 'sum'), { recursive: true });
  fs.writeFileSync(path.join(project, 'app', 'layout.js'),
    'export default ({ children }) => <html><body>{children}</body></html>;\n');
  fs.writeFileSync(path.join(project, 'app', 'sum', 'route.js'), `
    import path from 'node:path';
    import { Piscina, kernels } from 'rockpool';

    export const dynamic = 'force-dynamic';

    export async function GET () {
      const pool = new Piscina({ filename: path.join(process.cwd(), 'worker.js'), maxThreads: 1 });
      const [sum, { value }] = await Promise.all([pool.run({ a: 4, b: 6 }), kernels.crc32(new Uint8Array(3))]);
      await pool.close();
      return Response.json([sum, value]);
    }
  `);
  const { command, args, shell } = npmCommand(['install', '--ignore-scripts']);
  await run(command, args, { cwd: project, env, shell, timeout });
}, { timeout });
after(() => workplace.remove());

/** @returns {Promise<{ url: string, stop: () => Promise<void> }>} */
async function start () {
  const child = spawn(process.execPath, ['node_modules/next/dist/bin/next', 'start', '--port', '0'], { cwd: project, env });
  const ended = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { output += text; });
  let url;
  while ((url = /http:\/\/localhost:\d+/.exec(output)?.[0]) === undefined) {
    assert.equal(child.exitCode, null, output);
    await sleep(50);
  }
  return { url, stop: async () => { child.kill(); await ended; } };
}

for (const bundler of ['--turbopack', '--webpack']) {
  test(`${bundler} leaves the package out of what it builds`, { timeout }, async () => {
    fs.rmSync(path.join(project, '.next'), { recursive: true, force: true });
    await run(process.execPath, ['node_modules/next/dist/bin/next', 'build', bundler], { cwd: project, env, timeout });
    const { url, stop } = await start();
    try {
      const response = await fetch(`${url}/sum`);
      assert.deepEqual(await response.json(), [10, 4282505490]);
    } finally {
      await stop();
    }
  });
}
