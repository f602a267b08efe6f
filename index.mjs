import Piscina from './index.js';

export default Piscina;

export const {
  ArrayTaskQueue,
  FixedQueue,
  isWorkerThread,
  kernels,
  metrics,
  move,
  queueOptionsSymbol,
  transferableSymbol,
  valueSymbol,
  version,
  workerData
} = Piscina;

// The default itself under its own name.
export { Piscina };
