// Aim: the page is small, loads nothing from elsewhere, and shows changes as they happen and what is unreachable.
// Method: a real Chromium, and a controller in which every failure can be simulated and every request counted.
import { describe, expect, test } from 'vitest';
import { seriousFaults } from '../../support/browser/axe.js';
import { openPage } from '../../support/browser/browser.js';
import { obstacle, browser, fakes, fake, row, card } from './page.js';

describe.skipIf(obstacle !== undefined)('the page', () => {
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
    // It has no others.
    expect(await page.getByText('Go on at another controller').count()).toBe(0);
    await fake({ port });
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('Not connected to the controller').waitFor({ state: 'detached' });
    expect(failures).toEqual([]);
  });

  test('offers the other controllers when its own one is gone, and shows them no token', async () => {
    const other = await fake({ token: 'right' });
    const others = [
      { name: 'second', url: other.url },
      { name: 'third', url: 'https://192.0.2.3:8000' },
      { name: 'local', url: null },
      { name: 'odd', url: 'javascript:alert(1)' },
    ];
    const own = await fake({ token: 'right', others });
    const { page, failures } = await openPage(browser, own.url);
    await page.getByRole('textbox', { name: 'Token' }).fill('right');
    await page.keyboard.press('Enter');
    await row(page, 'aurora', 'web').waitFor();
    await page.waitForFunction(`localStorage.getItem('copa.controllers') !== null`);
    await own.down();
    fakes.splice(fakes.indexOf(own), 1);
    const offers = page.locator('.lost a');
    await offers.first().waitFor();
    const shown = await offers.all();
    const links = await Promise.all(
      shown.map(async (each) => [await each.textContent(), await each.getAttribute('href')]),
    );
    expect(links).toEqual([
      ['second', other.url],
      ['third', 'https://192.0.2.3:8000'],
    ]);
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('link', { name: 'second' }).click();
    // The other one requires the token itself.
    await page.getByRole('textbox', { name: 'Token' }).waitFor();
    expect(page.url()).toBe(other.url);
    expect(failures).toEqual([]);
  });
});
