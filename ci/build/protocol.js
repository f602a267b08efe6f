'use strict';

// Writes lib/protocol/tables.js anew, from the tables in src/protocol. A test of Rust's compares the two.
//
//   npm run protocol

const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

const args = ['test', '--quiet', '--no-default-features', '--lib', 'protocol::javascript'];
const env = { ...process.env, ROCKPOOL_WRITE_PROTOCOL: '1' };

const { error, status } = spawnSync('cargo', args, { cwd: join(__dirname, '..', '..'), env, stdio: 'inherit' });
if (error !== undefined) throw error;
process.exitCode = status ?? 1;
