export { batchMeanWait, batchWaitExceeds, batchWaitProbability, batchWaitQuantile } from './batch-queue';
export { type CoreSharing, capacity } from './core-sharing';
export { erlangB, erlangC, meanWait, type Wait, waitQuantile } from './erlang';
export { variabilityFactor } from './variability';
