'use strict';

/**
 * Where the project is, for package.json: known where a workflow packs it, and nowhere else. npm compares it with the
 * statement of where a package was built.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ repository?: object, bugs?: object, homepage?: string }}
 */
function addressesOf ({ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository }) {
  if (!server || !repository) return {};
  const url = `${server}/${repository}`;
  return {
    homepage: `${url}#readme`,
    bugs: { url: `${url}/issues` },
    repository: { type: 'git', url: `git+${url}.git` }
  };
}

module.exports = { addressesOf };
