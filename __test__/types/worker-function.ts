// A worker file of the form `module.exports = fn`, with a second handler beside it.

function sum (numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

sum.twice = async (number: number): Promise<number> => number * 2;

export = sum;
