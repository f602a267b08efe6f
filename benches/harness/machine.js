'use strict';

const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const os = require('node:os');
const { installedVersion, pinnedPeers } = require('./install');

/** The commit of the measured tree, with a plus when the tree differs from it. */
function commit () {
  const git = (/** @type {string[]} */ ...args) =>
    spawnSync('git', args, { cwd: join(__dirname, '..', '..'), encoding: 'utf8' });
  const head = git('rev-parse', '--short=12', 'HEAD');
  if (head.status !== 0) {
    return null;
  }
  const changes = git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'lib', 'index.js', 'Cargo.toml');
  return head.stdout.trim() + (changes.stdout === '' ? '' : '+');
}

/** The machine and the versions, which the numbers depend on. */
function describeMachine () {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    system: `${os.platform()} ${os.arch()} ${os.release()}`,
    node: process.version,
    v8: process.versions.v8,
    versions: {
      rockpool: `${require('../../package.json').version}`,
      commit: commit(),
      ...Object.fromEntries(Object.keys(pinnedPeers()).map((name) => [name, installedVersion(name) ?? null])),
      // Its source is the text to compress.
      typescript: require('typescript/package.json').version
    }
  };
}

module.exports = { describeMachine };
