import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { startBusyProgram } from './busy-program.mjs';

const SIZE = { width: 1180, height: 1480 };
/** When the charts show a minute, alerts fire, and the pool has grown. */
const SHOWN_AFTER_MILLIS = 75_000;

/** Takes pictures of the status page of a program that has slow queries, and resolves with their files. */
export async function takePictures(folder, executablePath) {
  const { url, stop } = await startBusyProgram();
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  try {
    await sleep(SHOWN_AFTER_MILLIS);
    const files = [];
    for (const colorScheme of ['light', 'dark']) {
      const page = await browser.newPage({ viewport: SIZE, colorScheme });
      await page.goto(url);
      // The slow query of the program runs most of the time, and is then asked about.
      const running = page.getByRole('group', { name: 'Operations that run now' });
      await running.getByText('held by this process').waitFor();
      // The next update may be about another moment.
      await page.keyboard.press('p');
      const file = path.join(folder, `status-page-${colorScheme}.png`);
      await page.screenshot({ path: file });
      files.push(file);
    }
    return files;
  } finally {
    await browser.close();
    await stop();
  }
}
