'use strict';

const path = require('node:path');
const { Piscina } = require('rockpool');

async function main () {
  // React runs many times slower without this. Set before the workers load it.
  const env = { ...process.env, NODE_ENV: 'production' };
  const pool = new Piscina({ filename: path.join(__dirname, 'worker.js'), env });

  const small = await pool.run({ title: 'Tea', products: [{ name: 'Assam', price: 4.5 }] });
  console.log(small);

  const products = Array.from({ length: 500 }, (_, index) => ({ name: `Tea ${index}`, price: index / 100 }));
  const pages = await Promise.all(Array.from({ length: 50 }, (_, index) =>
    pool.run({ title: `Page ${index}`, products })));
  console.log(`${pages.length} pages of ${Math.round(pages[0].length / 1000)} kB`);

  await pool.close();
}

main();
