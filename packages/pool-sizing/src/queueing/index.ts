export { batchMeanWait, batchWaitExceeds, batchWaitProbability, batchWaitQuantile } from './batch-queue';
export { erlangB, erlangC, meanWait, type Wait, waitQuantile } from './erlang';
export { variabilityFactor } from './variability';
