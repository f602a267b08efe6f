'use strict';

const { execFile, execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { createServer } = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');

const { npmCommand } = require('../../ci/build/npm');
const { pack } = require('../../ci/release/pack');

const root = path.join(__dirname, '..', '..');

/** The folders of the PATH in which there is no Rust. */
const pathWithoutRust = (process.env.PATH ?? '')
  .split(path.delimiter)
  .filter((folder) => !['cargo', 'rustc', 'cargo.exe'].some((name) => fs.existsSync(path.join(folder, name))))
  .join(path.delimiter);

/**
 * A temporary folder with what the test has packed, and the projects that it installs into.
 */
class Workplace {
  constructor () {
    this.folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'rockpool-package-')));
    this.projects = 0;
    /** What runs in a project finds no Rust, no configuration of the user's, and nothing in npm's cache. */
    this.env = {
      ...process.env,
      PATH: pathWithoutRust,
      NODE_TEST_CONTEXT: undefined,
      NODE_PATH: undefined,
      npm_config_userconfig: path.join(this.folder, 'npmrc'),
      npm_config_cache: path.join(this.folder, 'cache'),
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false'
    };
    fs.writeFileSync(this.env.npm_config_userconfig, '');
  }

  /** Packs the main package and this machine's. */
  async pack () {
    const [addon, main] = await pack(path.join(this.folder, 'tarballs'));
    this.tarballs = { addon, main };
    this.addonPackage = manifestOf(addon).name;
  }

  /** `file:` specifiers of the two packages, as a package.json has them. */
  get specifiers () {
    return { main: `file:${this.tarballs.main}`, addon: `file:${this.tarballs.addon}` };
  }

  /**
   * Makes a project.
   *
   * @param {Record<string, string | object>} [files] an object is written as JSON
   * @param {string} [template] a folder that is copied into it first
   * @returns {string} its folder
   */
  project (files = {}, template) {
    const folder = path.join(this.folder, `project-${this.projects++}`);
    fs.mkdirSync(folder);
    if (template !== undefined) fs.cpSync(template, folder, { recursive: true });
    for (const [name, content] of Object.entries({ 'package.json': { private: true }, ...files })) {
      fs.writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    }
    return folder;
  }

  /**
   * Runs npm without a network, unless a registry is named.
   *
   * @param {string} folder
   * @param {string[]} args
   */
  npm (folder, args) {
    const npm = npmCommand(args.some((arg) => arg.startsWith('--registry=')) ? args : [...args, '--offline']);
    return run(npm.command, npm.args, { cwd: folder, env: this.env, shell: npm.shell });
  }

  /**
   * @param {string} folder
   * @param {string[]} args
   * @param {Record<string, string>} [env]
   */
  node (folder, args, env = {}) {
    return run(process.execPath, args, { cwd: folder, env: { ...this.env, ...env } });
  }

  remove () {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

const execute = promisify(execFile);

/**
 * Runs a program to its end. Fails with all that it printed.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').ExecFileOptions} options
 * @returns {Promise<string>} its standard output
 */
async function run (command, args, options) {
  try {
    const { stdout } = await execute(command, args, { timeout: 60_000, killSignal: 'SIGKILL', ...options });
    return String(stdout);
  } catch (error) {
    error.message += `\n${error.stdout}`;
    throw error;
  }
}

/**
 * @param {string} tarball
 * @returns {string[]} the files in it, sorted
 */
function contentsOf (tarball) {
  return execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trim().split(/\r?\n/).map((name) => name.replace(/^package\//, '')).sort();
}

/**
 * @param {string} tarball
 * @returns {number} bytes of the files in it
 */
function unpackedSizeOf (tarball) {
  return execFileSync('tar', ['-xzOf', tarball], { maxBuffer: 1 << 28 }).length;
}

/**
 * @param {string} tarball
 * @returns {any} its package.json
 */
function manifestOf (tarball) {
  return JSON.parse(execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }));
}

/**
 * Serves packages the way the npm registry does, on this machine alone; it knows no others.
 *
 * @param {string[]} tarballs
 * @returns {Promise<{ url: string, asked: Set<string>, close: () => void }>} `asked`: the names that were asked for
 */
async function startRegistry (tarballs) {
  const packages = new Map(tarballs.map((tarball) => {
    const manifest = manifestOf(tarball);
    return [manifest.name, { manifest, tarball }];
  }));
  const asked = new Set();
  const server = createServer((request, response) => {
    const name = decodeURIComponent(String(request.url).slice(1));
    const tarball = tarballs.find((tarball) => path.basename(tarball) === name);
    if (tarball !== undefined) return void response.end(fs.readFileSync(tarball));
    asked.add(name);
    const known = packages.get(name);
    if (known === undefined) return void response.writeHead(404).end('{"error":"not found"}');
    const { manifest } = known;
    const integrity = `sha512-${createHash('sha512').update(fs.readFileSync(known.tarball)).digest('base64')}`;
    const dist = { tarball: `${url}/${path.basename(known.tarball)}`, integrity };
    response.end(JSON.stringify({
      name,
      'dist-tags': { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
      // Some take nothing that is new.
      time: { [manifest.version]: '2020-01-01T00:00:00.000Z' }
    }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}`;
  return { url, asked, close: () => server.close() };
}

module.exports = { Workplace, contentsOf, manifestOf, pathWithoutRust, root, run, startRegistry, unpackedSizeOf };
