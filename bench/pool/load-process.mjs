// The callers, in a separate process. It runs the tasks that it receives, one after the other.
import { closedLoop } from './closed-loop.mjs';
import { openLoop } from './open-loop.mjs';

const loads = { closedLoop, openLoop };

process.on('message', async ({ load, task }) => process.send(await loads[load](task)));
process.send('ready');
