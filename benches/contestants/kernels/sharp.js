'use strict';

const { availableParallelism } = require('node:os');

/**
 * @param {string} id
 * @param {string} name
 * @param {number} [threads] none: as many as sharp chooses
 * @returns {import('../types').Contestant}
 */
function sharpWith (id, name, threads) {
  return {
    id,
    name,
    library: 'sharp',
    async load () {
      const sharp = require('sharp');
      if (threads !== undefined) {
        sharp.concurrency(threads);
      }
      /** @param {(image: any, task: any) => any} change */
      const job = (change) => (/** @type {any} */ task) => {
        const { width, height } = task;
        return async (/** @type {Uint8Array} */ input) => {
          const image = sharp(input, { raw: { width, height, channels: 4 } });
          return { input, answer: await change(image, task).raw().toBuffer() };
        };
      };
      return {
        jobs: {
          resize: job((image, { toWidth, toHeight }) =>
            image.resize(toWidth, toHeight, { fit: 'fill', kernel: 'lanczos3' })),
          blur: job((image, { sigma }) => image.blur(sigma)),
          invert: job((image) => image.negate({ alpha: false }))
        }
      };
    }
  };
}

module.exports = [
  sharpWith('sharp', 'sharp'),
  sharpWith('sharp-threads', `sharp, concurrency ${availableParallelism()}`, availableParallelism())
];
