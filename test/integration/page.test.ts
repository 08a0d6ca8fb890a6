// Aim: the page is small, loads nothing from elsewhere, shows when something is unreachable, is usable without a
// mouse and with a screen reader, and handles 300 pools. Method: real Chromium, the built page, and a controller
// without hosts, so that every failure can be simulated and every request counted.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FakeController } from '../support/fakes/controller.js';
import { seriousFaults } from '../support/browser/axe.js';
import { browserObstacle, launchBrowser, openPage } from '../support/browser/browser.js';

const obstacle = browserObstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, the page has no browser here: ${obstacle} ***\n`);

/** What browsers call a long task. */
const longTaskMs = 50;

/** How much longer than the shortest one the longest of some equal tasks is. The first ones are not compiled yet. */
const stretchOfTasks = `(async () => {
  const times = [];
  for (let task = 0; task < 25; task += 1) {
    const from = performance.now();
    let sum = 0;
    for (let step = 0; step < 4_000_000; step += 1) sum += Math.sqrt(step);
    if (task >= 5 && sum > 0) times.push(performance.now() - from);
    await new Promise(requestAnimationFrame);
  }
  return Math.max(...times) / Math.min(...times);
})()`;

describe.skipIf(obstacle !== undefined)('the page', () => {
  let browser: Browser;
  const fakes: FakeController[] = [];
  const fake = async (options: Partial<Parameters<typeof FakeController.up>[0]> = {}) => {
    const made = await FakeController.up({ pools: 3, containersPerPool: 6, phaseMs: 250, ...options });
    fakes.push(made);
    return made;
  };
  const row = (page: Page, pool: string, name: string) =>
    page.locator(`.row[data-pool="${pool}"][data-name="${name}"]`);
  const card = (page: Page, pool: string) => page.locator(`.pool[data-pool="${pool}"]`);

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await Promise.all(fakes.splice(0).map((each) => each.down()));
  });

  test('is small, and loads nothing from elsewhere', async () => {
    const { url } = await fake();
    const hosts = new Set<string>();
    const { page, failures } = await openPage(browser, 'about:blank');
    page.on('request', (request) => hosts.add(new URL(request.url()).origin));
    const reply = await page.goto(url);
    await row(page, 'aurora', 'web').waitFor();
    expect(reply?.headers()['content-security-policy']).toMatch(/^default-src 'self';(?!.*script-src)/);
    const bytes = await page.evaluate<number>(
      `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter(({ name }) => !name.includes('/REST/'))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
    );
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(100_000);
    expect([...hosts]).toEqual([new URL(url).origin]);
    expect(failures).toEqual([]);
    // A file with a hash in its name is not requested again. The page itself is, and the reply is 304.
    const script = String(await page.locator('script[src]').getAttribute('src'));
    const asset = await fetch(new URL(script, url));
    expect(asset.headers.get('cache-control')).toContain('immutable');
    const again = await fetch(url, {
      headers: { 'If-None-Match': reply?.headers()['etag'] ?? '', 'Cache-Control': 'max-age=0' },
    });
    expect(again.status).toBe(304);
    expect((await fetch(new URL('assets/..%2F..%2Fpackage.json', url))).status).toBe(404);
  });

  test('requests a token, and keeps it no longer than the tab', async () => {
    const { url } = await fake({ token: 'the-right-one' });
    const { page } = await openPage(browser, url);
    const field = page.getByRole('textbox', { name: 'Token' });
    await field.fill('a-wrong-one');
    await page.keyboard.press('Enter');
    await page.getByText('The controller answered: a token is needed').waitFor();
    await field.fill('the-right-one');
    await page.keyboard.press('Enter');
    await row(page, 'aurora', 'web').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const kept = await page.evaluate(
      `[Object.values(sessionStorage), Object.values(localStorage), document.cookie]`,
    );
    expect(kept).toEqual([['the-right-one'], [], '']);
    const other = await page.context().newPage();
    await other.goto(url);
    await other.getByRole('textbox', { name: 'Token' }).waitFor();
  });

  test('shows changes as they happen, and unreachable pools', async () => {
    const { url, world } = await fake();
    const { page, failures } = await openPage(browser, url);
    await row(page, 'aurora', 'web').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    world.create('basalt', 'fresh', 'debian/12');
    await row(page, 'basalt', 'fresh').waitFor({ timeout: 1000 });
    world.change('basalt', 'fresh', 'Running', 'started');
    await row(page, 'basalt', 'fresh').getByLabel('Running').waitFor({ timeout: 1000 });
    world.setDown('cedar', 'its agent does not answer');
    await card(page, 'cedar').getByText('its agent does not answer').waitFor({ timeout: 1000 });
    expect(await card(page, 'cedar').getAttribute('class')).toContain('is-down');
    world.setUp('cedar');
    await card(page, 'cedar').locator('.meters').waitFor({ timeout: 1000 });
    await page.getByRole('tab', { name: 'Events' }).click();
    expect(await page.locator('.event').allInnerTexts()).toEqual([
      expect.stringContaining('Pool cedar is up'),
      expect.stringContaining('Pool cedar is down: its agent does not answer'),
      expect.stringContaining('fresh started on basalt'),
      expect.stringContaining('fresh was created on basalt'),
    ]);
    // Usage also arrives by itself.
    await row(page, 'aurora', 'web').locator('.row-cpu', { hasText: '%' }).waitFor();
    expect(failures).toEqual([]);
  });

  test('shows policies, and what they decide as it happens', async () => {
    const { url, world } = await fake();
    const { page, failures } = await openPage(browser, url);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Policies' }).click();
    const policy = (name: string) => page.locator('.policy', { hasText: name });
    expect(await policy('threshold_lat').innerText()).toMatch(/off\s+It has decided nothing yet\./);
    expect(await policy('room').innerText()).toContain('automatic');
    world.decide('web', 'aurora', 'basalt');
    await policy('room').getByText('moved web from aurora to basalt: cpu of the pool is 95%').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.press('ArrowRight');
    await page.getByText('Policy room moves web from aurora to basalt: cpu of the pool is 95%').waitFor();
    expect(failures).toEqual([]);
  });

  test('policies are switched, paused and explained', async () => {
    const { url, world } = await fake();
    const { page, failures } = await openPage(browser, url);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Policies' }).click();
    await page.getByText('The built-in policies move nothing.').waitFor();
    await page.getByRole('button', { name: 'Automatic' }).click();
    await page.getByText('Nothing moves until you choose by what.').waitFor();
    await page.getByRole('combobox', { name: 'Move containers by' }).selectOption('threshold_lat');
    await page.getByText('The built-in policy threshold_lat moves containers.').waitFor();
    expect(world.delegation).toEqual({ delegation_mode: 'a', auto_delegation_type: 'threshold_lat' });
    // Somebody else switches it off.
    world.delegation.delegation_mode = 'm';
    await page.getByText('The built-in policies move nothing.').waitFor();
    world.decide('web', 'aurora', 'basalt');
    await page.getByRole('button', { name: /What room would decide now/ }).click();
    const room = page.locator('.policy', { hasText: 'room' });
    await room.getByText('Now it would move nothing: cpu of the pool basalt is 93%').waitFor();
    const evidence = 'cpu of aurora: mean 95, above 80, over 120 s (24 values); there 20 instead of 95';
    await room.getByText(evidence).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Pause room' }).click();
    await page.getByRole('button', { name: 'Resume room' }).waitFor();
    expect(world.policies.find(({ name }) => name === 'room')?.state).toBe('paused');
    expect(failures).toEqual([]);
  });

  test('shows an experiment while it runs', async () => {
    const { url, world } = await fake();
    const labels = { scenario: 'follow-user', 'scenario-run': 'a1b2c3' };
    for (const pool of ['basalt', 'cedar']) world.remove(pool, 'web');
    for (const name of ['web', 'db'])
      Object.assign(world.pools.get('aurora')?.containers.find((each) => each.name === name) ?? {}, {
        ...{ labels, created_at: new Date(Date.now() - 40_000).toISOString() },
      });
    const { page, failures } = await openPage(browser, url);
    const card = page.locator('.move[data-experiment="a1b2c3"]');
    await card.getByText('Experiment follow-user').waitFor();
    await card.getByText('Nothing was moved yet.').waitFor();
    await card.getByText('web on aurora').waitFor();
    world.migrate('web', 'aurora', 'basalt');
    await card.getByText('1 move, 1 of them now').waitFor();
    await card.getByText('web on basalt').waitFor();
    await card.getByText('1 move; down for 2.4 s in all.').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    for (const [pool, name] of [
      ['aurora', 'db'],
      ['basalt', 'web'],
    ] as const)
      world.remove(pool, name);
    await card.waitFor({ state: 'detached' });
    expect(failures).toEqual([]);
  });

  test('shows what an evacuation would do, then that it goes on', async () => {
    const { url, world } = await fake();
    const planned = {
      running: true,
      action: 'migrate',
      warnings: [],
      memory_bytes: 0,
      used_bytes: 0,
    } as const;
    const obstacles = [{ pool: 'cedar', message: '3 GiB of memory short' }];
    const estimate = { seconds: 8, downtime_ms: 1300, basis: 'measured' } as const;
    const none = { seconds: null, downtime_ms: null, basis: null };
    world.plan = {
      ...{ container_pool: 'aurora', target: '@any', possible: false, seconds: 9 },
      containers: [
        {
          ...{ ...planned, ...estimate, container: 'web', destination: 'basalt', obstacles: [] },
          reason: 'it has the most free memory',
        },
        { ...planned, ...none, container: 'db', destination: null, reason: null, obstacles },
      ],
    };
    const { page, failures } = await openPage(browser, url);
    await page.getByRole('button', { name: 'Actions for pool aurora' }).click();
    await page.getByRole('menuitem', { name: 'Evacuate…' }).click();
    const sum = 'Of 2 containers, 1 move, 1 cannot leave. It takes about 9 s.';
    await page.locator('.finding', { hasText: sum }).waitFor();
    const rows = await page.locator('.plan-row').allInnerTexts();
    expect(rows.map((text) => text.split(/\s*\n+\s*/))).toEqual([
      ['db', 'cannot leave', 'cedar: 3 GiB of memory short'],
      ['web', 'to basalt', 'about 8 s, down 1.3 s (from its earlier moves)', 'it has the most free memory'],
    ]);
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Evacuate, and leave 1' }).click();
    await card(page, 'aurora').getByText('evacuating').waitFor();
    await page.getByText('0 of 2 containers').waitFor();
    await page.getByRole('button', { name: 'Containers of the evacuation of aurora' }).click();
    await page.locator('.plan-row', { hasText: 'waits for its turn' }).first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(failures).toEqual([]);
  });

  test('groups pools by a label', async () => {
    const { url, world } = await fake();
    for (const [name, rack] of Object.entries({ aurora: 'b', cedar: 'a' }))
      Object.assign(world.pools.get(name) ?? {}, { labels: { rack } });
    const { page, failures } = await openPage(browser, url);
    await page.getByRole('combobox', { name: 'Group pools by a label' }).selectOption('rack');
    const headings = page.locator('.groups h2');
    await headings.nth(2).waitFor();
    expect(await headings.allInnerTexts()).toEqual(['rack=a', 'rack=b', 'no rack']);
    expect(await seriousFaults(page)).toEqual([]);
    expect(failures).toEqual([]);
  });

  test('resumes a broken stream, and shows since when a controller is gone', async () => {
    const first = await fake();
    const { page, failures } = await openPage(browser, first.url);
    await row(page, 'aurora', 'web').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    first.cutStreams();
    first.world.create('aurora', 'meanwhile', 'debian/12');
    await row(page, 'aurora', 'meanwhile').waitFor();
    expect(first.asked.overview).toBe(1);
    const { port } = first;
    await first.down();
    fakes.length = 0;
    await page.getByText(/Not connected to the controller since \d\d:\d\d:\d\d/).waitFor();
    await row(page, 'aurora', 'web').getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Stop' }).click();
    await page.locator('.toast', { hasText: 'the controller does not answer' }).waitFor();
    await fake({ port });
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('Not connected to the controller').waitFor({ state: 'detached' });
    expect(failures).toEqual([]);
  });

  test('a container is dragged to another pool, and the move is followed to its downtime', async () => {
    const { url } = await fake({ containersPerPool: 1 });
    const { page, failures } = await openPage(browser, url);
    const web = row(page, 'aurora', 'web');
    await web.hover();
    await page.mouse.down();
    const target = await card(page, 'basalt').boundingBox();
    if (!target) throw new Error('there is no card to drop on');
    await page.mouse.move(target.x + 60, target.y + 60, { steps: 4 });
    await page.keyboard.press('Escape');
    await page.mouse.up();
    expect(await page.locator('dialog').count()).toBe(0);
    // A container of this name exists, so the preflight has a finding, and the move cannot begin.
    await web.hover();
    await page.mouse.down();
    await page.mouse.move(target.x + 60, target.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.getByText('there is a container "web" on basalt already').waitFor();
    expect(await page.getByRole('button', { name: 'Move', exact: true }).getAttribute('aria-disabled')).toBe(
      'true',
    );
    await page.keyboard.press('Escape');
    expect(failures).toEqual([]);
  });

  test('everything works without a mouse', async () => {
    const { url, world } = await fake();
    for (const pool of ['basalt', 'cedar']) world.remove(pool, 'web');
    const { page, failures } = await openPage(browser, url);
    await row(page, 'aurora', 'web').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('aurora web');
    await row(page, 'aurora', 'db').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await row(page, 'aurora', 'web').locator('.row-name').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('m');
    await page.keyboard.press('ArrowDown');
    await page.getByText('The move is possible').waitFor();
    await page.keyboard.press('Enter');
    const move = page.locator('.move[data-state=running]');
    await move.waitFor();
    await move.getByText('Copying while it runs').waitFor();
    await page.locator('.move[data-state=done]').getByText('2.4 s down').waitFor();
    await page.getByText('It was down for 2.4 s').waitFor();
    await row(page, 'aurora', 'web').waitFor({ state: 'detached' });
    // A second one is cancelled.
    await row(page, 'aurora', 'db').locator('.row-name').focus();
    await page.keyboard.press('.');
    await page.getByRole('menuitem', { name: 'Move' }).press('Enter');
    await page.getByRole('radio', { name: 'basalt' }).press('Space');
    await page.getByRole('radio', { name: 'cedar' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    // The focus is back on the button of the menu.
    expect(await page.evaluate(`document.activeElement.getAttribute('aria-label')`)).toBe('Actions for db');
    await row(page, 'aurora', 'db').locator('.row-name').press('Enter');
    await page.getByRole('heading', { name: 'db', level: 2 }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'db', level: 2 }).waitFor({ state: 'detached' });
    await page.keyboard.press('Delete');
    await page.getByText('everything in it will be deleted').waitFor();
    await page.getByRole('button', { name: 'delete db' }).press('Enter');
    await row(page, 'aurora', 'db').waitFor({ state: 'detached' });
    expect(failures).toEqual([]);
  });

  test(
    'axe-core finds no serious fault, in either light, on either screen, whatever is open',
    { timeout: 120_000 },
    async () => {
      const { url, world } = await fake();
      world.setDown('cedar', 'its agent does not answer');
      world.migrate('db', 'aurora', 'basalt');
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page } = await openPage(browser, url, { colorScheme, reducedMotion: 'reduce' });
        await row(page, 'aurora', 'web').locator('.row-cpu', { hasText: '%' }).waitFor();
        expect(await seriousFaults(page)).toEqual([]);
        await row(page, 'aurora', 'web').locator('.row-name').click();
        await page.getByText('2 snapshots').waitFor();
        expect(await seriousFaults(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await row(page, 'aurora', 'web').locator('.row-name').press('m');
        await page.getByRole('radio', { name: 'basalt' }).check({ force: true });
        await page.locator('.finding.is-bad, .finding.is-good').waitFor();
        expect(await seriousFaults(page)).toEqual([]);
        await page.keyboard.press('Escape');
        if (colorScheme === 'dark') continue;
        await row(page, 'aurora', 'web').getByRole('button', { name: 'Actions' }).click();
        expect(await seriousFaults(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.keyboard.press('c');
        await page.getByText('Images on').waitFor();
        expect(await seriousFaults(page)).toEqual([]);
      }
      const { page } = await openPage(browser, url, {
        viewport: { width: 390, height: 844 },
        hasTouch: true,
      });
      await row(page, 'aurora', 'web').waitFor();
      await page.getByRole('button', { name: 'Events' }).tap();
      expect(await seriousFaults(page)).toEqual([]);
    },
  );

  test('300 pools and 10,000 containers: loaded in 2 s, and no long task while scrolling', async () => {
    const { url, world } = await fake({ pools: 300, containersPerPool: 34 });
    // Other load on the machine makes a load slower, never quicker, so the quickest of a few counts. The first one
    // warms up the browser.
    const load = async () => {
      const opened = await openPage(browser, url);
      await row(opened.page, 'aurora', 'api').waitFor();
      return { ...opened, interactiveMs: await opened.page.evaluate<number>(`performance.now()`) };
    };
    await load();
    let { page, failures, interactiveMs } = await load();
    for (let retry = 0; retry < 4 && interactiveMs >= 2000; retry++) {
      await page.close();
      ({ page, failures, interactiveMs } = await load());
    }
    expect(interactiveMs).toBeLessThan(2000);
    expect(await page.locator('.total').innerText()).toBe('10,200 containers on 300 pools');
    expect(await page.locator('.row').count()).toBeLessThan(150);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.locator('.board').hover();
    // Other load on the machine makes tasks longer, this page's and those of a fixed length alike. One round of five has
    // to be without a task that is longer than that load explains.
    const rounds: number[][] = [];
    do {
      await page.evaluate(`longTasks.length = 0`);
      for (let turn = 0; turn < 60; turn += 1) {
        await page.mouse.wheel(0, 400);
        const isUp = turn % 2 === 1;
        world.change('aurora', 'api', isUp ? 'Running' : 'Stopped', isUp ? 'started' : 'stopped');
        await page.evaluate(`new Promise(requestAnimationFrame)`);
      }
      const tasks = await page.evaluate<{ duration: number }[]>(`longTasks`);
      const limit = longTaskMs * (await page.evaluate<number>(stretchOfTasks));
      rounds.push(tasks.map(({ duration }) => duration).filter((duration) => duration > limit));
    } while (rounds.length < 5 && rounds.at(-1)?.length !== 0);
    expect(await page.evaluate(`document.querySelector('.board').scrollTop`)).toBeGreaterThan(10_000);
    expect(rounds.at(-1), JSON.stringify(rounds)).toEqual([]);
    // One of ten thousand is found.
    await page.keyboard.press('/');
    await page.keyboard.type('juniper-30 metrics-3');
    await row(page, 'juniper-30', 'metrics-3').waitFor();
    expect(await page.locator('.row').count()).toBe(1);
    expect(failures).toEqual([]);
  });

  test('the matrix of links and the charts of a link, a pool and a container are loaded on demand', async () => {
    const { url } = await fake();
    const { page, failures } = await openPage(browser, url);
    const charts = page.locator('.history-chart .u-over');
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Links' }).click();
    const slow = page.getByRole('button', { name: /From basalt to cedar: *6\d ms *3\.3% lost/ });
    await slow.waitFor();
    expect(await page.locator('.matrix button').count()).toBe(6);
    expect(await seriousFaults(page)).toEqual([]);
    await slow.click();
    await page.getByRole('heading', { name: 'Link from basalt to cedar' }).waitFor();
    await charts.nth(3).waitFor();
    await page.getByRole('button', { name: 'Month' }).click();
    await page.locator('.facet[aria-pressed="true"]', { hasText: 'Month' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Actions for pool aurora' }).click();
    await page.getByRole('menuitem', { name: 'History' }).click();
    await page.getByRole('heading', { name: 'aurora' }).last().waitFor();
    await charts.nth(3).waitFor();
    await page.keyboard.press('Escape');
    await row(page, 'aurora', 'web').locator('.row-name').click();
    await page.getByRole('button', { name: 'Hour, day, month' }).click();
    await charts.nth(3).waitFor();
    expect(failures).toEqual([]);
  });

  test('a shell is loaded on demand, and sends the input', async () => {
    const { url } = await fake();
    const { page, failures } = await openPage(browser, url);
    await row(page, 'aurora', 'web').locator('.row-name').focus();
    await page.keyboard.press('t');
    await page.getByText('In web on aurora').waitFor();
    await page.keyboard.type('hello there');
    await page.locator('.xterm-rows').getByText('~ # hello there').waitFor();
    await page.keyboard.press('Shift+Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    expect(failures).toEqual([]);
  });
});
