'use strict';

// `node server.js pool` computes in workers, `node server.js` on the main thread.

const path = require('node:path');
const { availableParallelism } = require('node:os');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const fastify = require('fastify');
const { Piscina } = require('rockpool');

const filename = path.join(__dirname, 'work.js');

/**
 * @param {Piscina | null} pool
 */
function build (pool) {
  const app = fastify();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();

  app.get('/work/:text', async ({ params }, reply) => {
    if (pool === null) return require(filename)(params.text);
    // Better to refuse than to be late.
    if (pool.queueSize > 1000) return reply.code(503).send('busy');
    return pool.run(params.text);
  });
  // The health check of a load balancer should not have to wait for the other requests.
  app.get('/health', async () => 'ok');
  app.get('/delay', async () => ({ p99: delay.percentile(99) / 1e6 }));

  // Fastify waits for the requests that it has, and then the pool for its tasks.
  app.addHook('onClose', () => pool?.close());
  return app;
}

async function main () {
  // One processor is the main thread's.
  const workers = Math.max(1, availableParallelism() - 1);
  const pool = process.argv.includes('pool')
    ? new Piscina({ filename, minThreads: workers, maxThreads: workers })
    : null;
  const app = build(pool);
  process.once('SIGTERM', () => app.close());
  const address = await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 0) });
  // A parent process learns the port and can end the server on all systems.
  process.send?.(address);
  process.once('message', async () => {
    await app.close();
    process.disconnect();
  });
  console.log(`listening on ${address}`);
}

if (require.main === module) main();

module.exports = { build };
