'use strict';

// Writes libvips.json beside this file: what sharp (libvips) makes of the scenes of scenes.js. The tests compare with
// the committed file, so that they do not need sharp.
//
//   npm ci --prefix benches && node __test__/kernels/image/make-fixtures.js

const { writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { scene } = require('./scenes');

const sharp = createRequire(path.join(__dirname, '../../../benches/package.json'))('sharp');

const width = 72;
const height = 54;

async function main () {
  const images = [];
  const add = async (alpha, kernel, params, change) => {
    const raw = sharp(scene(width, height, { alpha }), { raw: { width, height, channels: 4 } });
    const { data, info } = await change(raw).raw().toBuffer({ resolveWithObject: true });
    images.push({ kernel, params, alpha, width: info.width, height: info.height, base64: data.toString('base64') });
  };
  for (const alpha of [false, true]) {
    for (const [filter, kernel] of [['lanczos3', 'lanczos3'], ['catmull-rom', 'cubic'], ['mitchell', 'mitchell']]) {
      for (const [toWidth, toHeight] of [[31, 23], [40, 50]]) {
        await add(alpha, 'image.resize', { toWidth, toHeight, filter }, (raw) =>
          raw.resize(toWidth, toHeight, { kernel, fit: 'fill' }));
      }
    }
    for (const sigma of [1, 4]) {
      await add(alpha, 'image.blur', { sigma }, (raw) => raw.blur({ sigma, precision: 'float', minAmplitude: 0.001 }));
    }
  }
  const { sharp: version, vips } = sharp.versions;
  const file = { madeBy: `make-fixtures.js, sharp ${version}, libvips ${vips}`, width, height, images };
  writeFileSync(path.join(__dirname, 'libvips.json'), `${JSON.stringify(file, null, 1)}\n`);
}

main();
