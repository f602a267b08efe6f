'use strict';

const path = require('node:path');
const { Piscina, kernels } = require('rockpool');
const { dimensions } = require('./embed');

const texts = [
  'A worker takes the oldest task from the queue.',
  'Bread is baked from flour, water, salt and yeast.',
  'The oldest bread recipe uses no yeast.',
  'When the queue is full, further tasks are refused.',
  'A kernel works on memory without JavaScript.',
  'Rivers carry water and salt into the sea.'
];

async function main () {
  const pool = new Piscina({ filename: path.join(__dirname, 'embed.js') });

  // The vectors are computed by workers, one row a text.
  let rows = new Float32Array(texts.length * dimensions);
  const vectors = await Promise.all(texts.map((text) => pool.run(text)));
  vectors.forEach((vector, index) => rows.set(vector, index * dimensions));

  // The search is a kernel: it gives the memory back, to be kept for the next one.
  for (const question of ['is the queue full of tasks?', 'recipe for bread with yeast']) {
    const query = await pool.run(question);
    const { value, buffer } = await kernels.vector.topk(rows, { dimensions, query, k: 2 });
    rows = buffer;
    console.log(question);
    value.indices.forEach((index, place) => console.log(`  ${value.scores[place].toFixed(2)} ${texts[index]}`));
  }

  await pool.close();
}

main();
