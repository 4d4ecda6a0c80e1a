import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pollUntil, startAlertmanager } from '@pg-otel/testkit';
import { describeWith, using } from '../stage';
import { isRunning } from './crash';

describeWith('alertmanager')('a server', () => {
  const config = { text: 'route: {receiver: none}\nreceivers: [{name: none}]' };

  it('leaves neither process nor files when it is stopped', async () => {
    const { pid, folder, stop } = await startAlertmanager({ config });
    expect([isRunning(pid), existsSync(folder)]).toEqual([true, true]);
    await stop();
    expect([isRunning(pid), existsSync(folder)]).toEqual([false, false]);
  });

  it('that died fails later calls with its exit and its log', async () => {
    const alertmanager = await using(startAlertmanager({ config }));
    await alertmanager.kill();
    await expect(alertmanager.alerts()).rejects.toThrow(
      /^alertmanager did not answer \(SIGKILL\):.*Listening on/s,
    );
    await expect(alertmanager.kill()).rejects.toThrow('alertmanager does not run (SIGKILL)');
  });

  it('restarts with a file that was changed meanwhile', async () => {
    const alertmanager = await using(startAlertmanager({ config }));
    writeFileSync(`${alertmanager.folder}/alertmanager.yml`, config.text.replaceAll('none', 'other'));
    await alertmanager.restart();
    await alertmanager.send([{ labels: { alertname: 'X' } }]);
    expect(await alertmanager.alerts()).toMatchObject([{ receivers: [{ name: 'other' }] }]);
  });

  it('restarts as soon as its port is free again', async () => {
    const alertmanager = await using(startAlertmanager({ config }));
    await alertmanager.kill();
    const stranger = createServer((socket) => socket.destroy()).listen(alertmanager.ports.web, '127.0.0.1');
    await once(stranger, 'listening');
    setTimeout(() => stranger.close(), 1_000);
    await alertmanager.restart();
    expect(await alertmanager.alerts()).toEqual([]);
    expect(alertmanager.log()).toContain('address already in use');
  });

  it('that does not start leaves no files', async () => {
    const { message } = await startAlertmanager({ config: { text: 'no: such' } }).catch((error) => error);
    const file = message.match(/file=(\S+alertmanager\.yml)/)?.[1];
    expect([path.basename(file), existsSync(path.dirname(file))]).toEqual(['alertmanager.yml', false]);
  });

  it('ends with the process that started it, and its files too, even when that is killed', async () => {
    const program = `
      const { startAlertmanager } = require(${JSON.stringify(require.resolve('@pg-otel/testkit'))});
      startAlertmanager({ config: ${JSON.stringify(config)} }).then(async (server) => {
        await server.restart(); // the one to end is the one that runs now
        console.log(JSON.stringify({ url: server.url, folder: server.folder }));
        setInterval(() => undefined, 1000);
      });`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url, folder } = JSON.parse(line) as { url: string; folder: string };
    // Not by its process id: it may stay as a zombie, when nobody collects it.
    const answers = () => fetch(url).then(Boolean, () => false);
    expect([await answers(), existsSync(folder)]).toEqual([true, true]);
    child.kill('SIGKILL');
    await pollUntil(async () => !(await answers()) && !existsSync(folder));
  });
});
