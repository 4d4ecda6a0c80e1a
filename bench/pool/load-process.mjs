// The callers, in a process of their own. Runs one task after the other, of those that it is told.
import { closedLoop } from './closed-loop.mjs';
import { openLoop } from './open-loop.mjs';

const loads = { closedLoop, openLoop };

process.on('message', async ({ load, task }) => process.send(await loads[load](task)));
process.send('ready');
