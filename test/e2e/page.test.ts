// Aim: the page shows the real state and its operations work: a container dragged from host to host, with progress
// and downtime; changes by lxc on a host; an agent that dies; a cancelled move; a shell in a container. Method: real
// Chromium on the built controller, agents and real LXD hosts.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { browserObstacle, launchBrowser, openPage } from '../support/browser/browser.js';
import { findContainer } from './fixture.js';

const obstacle = (await Lab.obstacle()) ?? browserObstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, the page on real hosts: ${obstacle} ***\n`);

describe.skipIf(obstacle !== undefined)('the page on real hosts', { timeout: 90_000 }, () => {
  let cluster: Cluster;
  let browser: Browser;
  let one: Host, two: Host;
  let page: Page;
  let failures: readonly string[];
  const up: (() => Promise<unknown>)[] = [];

  const card = (host: Host) => page.locator(`.pool[data-pool="${host.name}"]`);
  const row = (host: Host, name: string) => card(host).locator(`.row[data-name="${name}"]`);
  const drag = async (from: Host, name: string, to: Host) => {
    await row(from, name).hover();
    await page.mouse.down();
    const target = await card(to).boundingBox();
    if (!target) throw new Error(`${to.name} has no card`);
    await page.mouse.move(target.x + target.width / 2, target.y + 40, { steps: 5 });
    await page.mouse.up();
    await page.getByText('The move is possible').waitFor();
  };
  const begin = async (megabytesPerSecond: number) => {
    await page.getByText('Options').click();
    await page.getByRole('spinbutton', { name: /^MB.s at most/ }).fill(String(megabytesPerSecond));
    await page.getByRole('button', { name: 'Move to' }).click();
    await page.locator('dialog').waitFor({ state: 'detached' });
  };
  const move = (state: string) => page.locator(`.move[data-state=${state}]`).first();

  beforeAll(async () => {
    cluster = await Cluster.up({ hosts: 2 });
    up.push(() => cluster.down());
    one = cluster.lab.host('server1');
    two = cluster.lab.host('server2');
    browser = await launchBrowser();
    up.push(() => browser.close());
    await cluster.launch(one, 'web');
    await one.lxc('exec', 'web', '--', 'sh', '-c', 'head -c 40000000 /dev/urandom > /data/blob && sync');
    ({ page, failures } = await openPage(browser, `http://127.0.0.1:${cluster.port}/`));
    await row(one, 'web').getByLabel('Running').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
  }, 90_000);
  afterAll(async () => {
    for (const undo of up.reverse()) await undo();
  }, 60_000);

  test('the usage of hosts and containers is shown', async () => {
    await row(one, 'web')
      .locator('.row-memory', { hasText: /\d [kM]B/ })
      .waitFor();
    await card(one).locator('.meter', { hasText: 'Memory' }).getByText('%').waitFor();
  });

  test('a container created with lxc appears within 2 s, and disappears when it is deleted', async () => {
    await one.lxc('init', 'tiny', 'made-with-lxc');
    await row(one, 'made-with-lxc').getByLabel('Stopped').waitFor({ timeout: 2000 });
    await one.lxc('start', 'made-with-lxc');
    await row(one, 'made-with-lxc').getByLabel('Running').waitFor({ timeout: 2000 });
    await one.lxc('delete', '--force', 'made-with-lxc');
    await row(one, 'made-with-lxc').waitFor({ state: 'detached', timeout: 2000 });
  });

  test('a container is created, frozen, unfrozen and deleted from the page', async () => {
    await page.getByRole('button', { name: 'New container' }).click();
    await page.getByRole('textbox', { name: /^Name/ }).fill('from-the-page');
    await page.getByRole('combobox', { name: /^Image/ }).selectOption('tiny');
    await page.getByRole('button', { name: 'Create' }).click();
    await row(one, 'from-the-page').getByLabel('Running').waitFor();
    const choose = async (item: string) => {
      await row(one, 'from-the-page').getByRole('button', { name: 'Actions' }).click();
      await page.getByRole('menuitem', { name: item, exact: true }).click();
    };
    await choose('Freeze');
    await row(one, 'from-the-page').getByLabel('Frozen').waitFor();
    expect(await findContainer(one, 'from-the-page')).toMatchObject({ status: 'Frozen' });
    await choose('Unfreeze');
    await row(one, 'from-the-page').getByLabel('Running').waitFor();
    await choose('Delete…');
    await page.getByText('everything in it will be deleted').waitFor();
    await page.getByRole('button', { name: 'Stop and delete from-the-page' }).click();
    await row(one, 'from-the-page').waitFor({ state: 'detached' });
    expect(await findContainer(one, 'from-the-page')).toBe(undefined);
  });

  test('a move is cancelled, and the container keeps running where it was', async () => {
    await drag(one, 'web', two);
    await begin(2);
    await move('running').getByText('Copying while it runs').waitFor();
    await move('running').getByRole('button', { name: 'Cancel' }).click();
    await move('cancelled').waitFor();
    await row(one, 'web').getByLabel('Running').waitFor();
    await row(two, 'web').waitFor({ state: 'detached' });
    expect(await findContainer(one, 'web')).toMatchObject({ status: 'Running' });
  });

  test('a container dragged to another pool moves visibly, and its downtime is shown', async () => {
    await drag(one, 'web', two);
    await begin(12);
    const sent = async () => {
      const text = await move('running').locator('.facts dd').first().innerText();
      return text.endsWith(' MB') ? parseFloat(text) : 0;
    };
    const first = await waitFor('the first progress', async () => (await sent()) || undefined);
    await waitFor('more progress', async () => (await sent()) > first);
    await row(one, 'web').getByText(`to ${two.name}`).waitFor();
    await move('done').waitFor({ timeout: 60_000 });
    const { migrations } = (await cluster.request('GET', 'migrations', { query: { limit: '1' } })).body as {
      migrations: readonly { state: string; downtime_ms: number }[];
    };
    const seconds = ((migrations[0]?.downtime_ms ?? 0) / 1000).toFixed(1).replace(/\.0$/, '');
    expect(migrations[0]).toMatchObject({ state: 'done' });
    expect(await move('done').locator('.downtime strong').innerText()).toBe(`${seconds} s`);
    await row(two, 'web').getByLabel('Running').waitFor();
    await row(one, 'web').waitFor({ state: 'detached' });
    expect(await findContainer(two, 'web')).toMatchObject({ status: 'Running' });
  });

  test('a shell is in the container, and its console log can be read', async () => {
    await row(two, 'web').getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Shell' }).click();
    await page.getByText(`In web on ${two.name}`).waitFor();
    await page.keyboard.type('echo $((6*7)) > /data/answer; cat /data/answer\n');
    await page
      .locator('.xterm-rows')
      .getByText(/^42\s*$/)
      .waitFor();
    expect(await two.lxc('exec', 'web', '--', 'cat', '/data/answer')).toBe('42\n');
    await page.keyboard.type('exit\n');
    await page.getByText('The shell has ended.').waitFor();
    await page.keyboard.press('Shift+Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await row(two, 'web').getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Console log' }).click();
    await page.locator('.console', { hasText: /\S/ }).waitFor();
    expect(await page.locator('.form-error').count()).toBe(0);
    await page.keyboard.press('Escape');
  });

  test('the pool of an agent that dies is red within 2 s, until it is back', async () => {
    await one.kill('agent');
    await card(one).locator('.health-down').waitFor({ timeout: 2000 });
    await card(one).getByText('Down since').waitFor();
    await one.restart('agent');
    await card(one).locator('.health-up').waitFor();
    expect(failures).toEqual([]);
  });
});
