// The callers, in a separate process. It runs the tasks that it receives, one after the other.
import { closedLoop } from '../closed-loop.mjs';
import { realRun } from './real-run.mjs';

const loads = { closedLoop, realRun };

process.on('message', async ({ load, task }) => process.send(await loads[load](task)));
process.send('ready');
