// Senders and sinks, in a separate process, on another core than the collector.
import { drive } from './drive.mjs';
import { startSinks } from './sinks.mjs';

const { ports, delivered } = await startSinks();
const loads = {
  sinks: async () => ports,
  async drive(task) {
    delivered.requests = 0;
    const [started, used] = [performance.now(), process.cpuUsage()];
    const counts = await drive(task);
    const { user, system } = process.cpuUsage(used);
    const busy = (user + system) / 1000 / (performance.now() - started);
    return { ...counts, delivered: delivered.requests, busy };
  },
};

process.on('message', async ({ load, task }) => process.send(await loads[load](task)));
process.send('ready');
