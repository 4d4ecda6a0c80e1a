// Senders and sinks, in a process of their own, beside the core of the collector.
import { drive } from './drive.mjs';
import { startSinks } from './sinks.mjs';

const { ports, told } = await startSinks();
const loads = {
  sinks: async () => ports,
  async drive(task) {
    told.requests = 0;
    const [started, used] = [performance.now(), process.cpuUsage()];
    const counts = await drive(task);
    const { user, system } = process.cpuUsage(used);
    const busy = (user + system) / 1000 / (performance.now() - started);
    return { ...counts, told: told.requests, busy };
  },
};

process.on('message', async ({ load, task }) => process.send(await loads[load](task)));
process.send('ready');
