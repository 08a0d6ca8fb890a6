// Aim: the page is usable without a mouse and with a screen reader, loads rare parts on demand, and handles 300 pools.
// Method: a real Chromium, and a controller whose hosts are simulated.
import { describe, expect, test } from 'vitest';
import { seriousFaults } from '../../support/browser/axe.js';
import { openPage } from '../../support/browser/browser.js';
import { obstacle, browser, fake, row, card } from './page.js';

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

describe.skipIf(obstacle !== undefined)('using the page', () => {
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
