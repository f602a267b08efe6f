'use strict';

// Makes what is published of the JavaScript in lib/: a few files, each of many. To find, read and wrap fifty files takes
// longer than all else that `require('rockpool')` does, and all Workers of a pool load theirs at the same time.
//
// Bundles exist in the packed package alone (ci/release/pack.js). In the repository the sources are what runs: a bundle there
// would sooner or later be an old one.

const { join, relative } = require('node:path');

const root = join(__dirname, '..', '..');

/**
 * What is made, by its place in the package. That of the Workers loads no other file, so it can be copied to
 * wherever a tool wants it. lib/outside.js says why it is apart.
 *
 * @type {Readonly<Record<string, { source: string, apart?: string[] }>>}
 */
const bundles = {
  'lib/piscina.js': { source: 'lib/piscina.js', apart: ['lib/outside.js'] },
  // The command uses the pool that everybody has, and not one of its own.
  'lib/cli.js': { source: 'lib/cli/index.js', apart: ['lib/outside.js', 'lib/piscina.js'] },
  'lib/worker/entry.js': { source: 'lib/worker/entry.js' }
};

/**
 * Lets files that stay apart be found from where the bundle is.
 *
 * @param {string} outfile
 * @param {string[]} apart
 * @returns {import('esbuild').Plugin}
 */
const keepApart = (outfile, apart) => ({
  name: 'keep-apart',
  setup (build) {
    build.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const file = relative(root, require.resolve(join(resolveDir, path))).replaceAll('\\', '/');
      if (!apart.includes(file)) return undefined;
      return { path: `./${relative(join(outfile, '..'), file).replaceAll('\\', '/')}`, external: true };
    });
  }
});

/**
 * Of package.json nothing but the version is used.
 *
 * @type {import('esbuild').Plugin}
 */
const versionAlone = {
  name: 'version-alone',
  setup (build) {
    build.onLoad({ filter: /package\.json$/ }, () => {
      const { version } = require('../../package.json');
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  }
};

/**
 * @param {string} outfile one of `bundles`
 * @returns {Promise<{ text: string, sources: string[] }>} `sources`: what it is made of
 */
async function makeBundle (outfile) {
  const { build } = require('esbuild');
  const { source, apart = [] } = bundles[outfile];
  const { outputFiles, metafile } = await build({
    // And not the source itself: what stands at the top of a bundle takes its names from all the functions below.
    stdin: { contents: `module.exports = require('./${source}');`, resolveDir: root },
    absWorkingDir: root,
    outfile,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node20',
    // For a smaller file, which is read faster. Names stay, for stacks; and lines, since Node prints the one that threw.
    minifyWhitespace: true,
    lineLimit: 120,
    packages: 'external',
    plugins: [keepApart(outfile, apart), versionAlone],
    logLevel: 'warning'
  });
  return { text: outputFiles[0].text, sources: Object.keys(metafile.inputs) };
}

/**
 * @returns {Promise<{ files: Map<string, string>, replaced: Set<string> }>} the bundles by their place in the package, and
 *   the sources of which they take the place
 */
async function makeBundles () {
  const files = new Map();
  const replaced = new Set();
  const kept = Object.values(bundles).flatMap(({ apart = [] }) => apart);
  for (const outfile of Object.keys(bundles)) {
    const { text, sources } = await makeBundle(outfile);
    files.set(outfile, text);
    for (const source of sources) if (source.startsWith('lib/') && !kept.includes(source)) replaced.add(source);
  }
  return { files, replaced };
}

module.exports = { bundles, makeBundles };
