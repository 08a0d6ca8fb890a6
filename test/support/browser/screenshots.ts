// Makes the images of docs/: node dist/test/support/browser/screenshots.js DIRECTORY. Their content is invented.
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { FakeController } from '../fakes/controller.js';
import { launchBrowser, openPage } from './browser.js';

const directory = process.argv[2];
if (directory === undefined) throw new Error('say which directory the pictures go to');

const browser = await launchBrowser();
const fake = await FakeController.up({ pools: 3, containersPerPool: 9, usageMs: 150, phaseMs: 2600 });
const { world } = fake;
for (const [pool, name] of [
  ['aurora', 'search'],
  ['basalt', 'queue'],
  ['basalt', 'db'],
  ['cedar', 'web'],
  ['cedar', 'build'],
  ['cedar', 'metrics'],
] as const) {
  world.remove(pool, name);
}

/** Takes one after every sparkline is filled. */
async function picture(
  name: string,
  options: BrowserContextOptions,
  act: (page: Page) => Promise<void>,
): Promise<void> {
  const { page } = await openPage(browser, fake.url, { reducedMotion: 'reduce', ...options });
  await page.waitForTimeout(8000);
  await act(page);
  await page.waitForTimeout(700);
  await page.screenshot({ path: join(String(directory), `${name}.png`) });
  await page.context().close();
}

const wide = { width: 1440, height: 700 };
await picture('page-light', { viewport: wide, colorScheme: 'light' }, async (page) => {
  world.migrate('db', 'aurora', 'basalt');
  await page.waitForTimeout(6500);
});
await page2();
await picture('page-phone', { viewport: { width: 390, height: 780 }, colorScheme: 'light' }, async (page) => {
  await page.waitForTimeout(100);
});
await browser.close();
await fake.down();

/** In the dark theme, with a pool that is down and the details of a moved container. */
async function page2(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  world.setDown('cedar', 'its agent does not answer: connection refused');
  await picture('page-dark', { viewport: wide, colorScheme: 'dark' }, async (page) => {
    await page.locator('.row[data-pool=basalt][data-name=db] .row-name').click();
  });
  world.setUp('cedar');
}
