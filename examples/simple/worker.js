'use strict';

/** Whether a number is prime: work that would hold up the main thread. */
module.exports = (number) => {
  for (let divisor = 2; divisor * divisor <= number; divisor++) {
    if (number % divisor === 0) return false;
  }
  return number > 1;
};
