/** The built page in a real Chromium, before a controller whose hosts are simulated. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { FakeController } from '../../support/fakes/controller.js';
import { browserObstacle, launchBrowser } from '../../support/browser/browser.js';

export const obstacle = browserObstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, the page has no browser here: ${obstacle} ***\n`);

export let browser: Browser;
export const fakes: FakeController[] = [];
export const fake = async (options: Partial<Parameters<typeof FakeController.up>[0]> = {}) => {
  const made = await FakeController.up({ pools: 3, containersPerPool: 6, phaseMs: 250, ...options });
  fakes.push(made);
  return made;
};
export const row = (page: Page, pool: string, name: string) =>
  page.locator(`.row[data-pool="${pool}"][data-name="${name}"]`);
export const card = (page: Page, pool: string) => page.locator(`.pool[data-pool="${pool}"]`);

beforeAll(async () => {
  if (obstacle === undefined) browser = await launchBrowser();
});
afterAll(() => (obstacle === undefined ? browser.close() : undefined));
afterEach(async () => {
  if (obstacle !== undefined) return;
  await Promise.all(browser.contexts().map((context) => context.close()));
  await Promise.all(fakes.splice(0).map((each) => each.down()));
});
