// Aim: the API's documentation is served by the controller alone, follows the content security policy, and can be
// tried with a token. Method: real Chromium on a whole controller that requires a token.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { etcdObstacle } from '../support/etcd.js';
import { browserObstacle, launchBrowser, openPage } from '../support/browser/browser.js';
import { Cluster } from '../support/cluster.js';

const obstacle = etcdObstacle ?? browserObstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, the API's documentation: ${obstacle} ***\n`);

describe.skipIf(obstacle !== undefined)('the documentation at /docs', () => {
  let browser: Browser;
  let cluster: Cluster;
  let url: string;

  beforeAll(async () => {
    [cluster, browser] = await Promise.all([
      Cluster.start(undefined, { requireToken: true }),
      launchBrowser(),
    ]);
    url = `http://127.0.0.1:${cluster.controller.port}`;
  });
  afterAll(async () => {
    await browser.close();
    await cluster.stop();
  });

  test('serves the files that the page names, and nothing else', async () => {
    const page = await fetch(`${url}/docs`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const names = [...(await page.text()).matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(names).toHaveLength(3);
    for (const name of names) {
      const reply = await fetch(`${url}${String(name)}`);
      expect(reply.headers.get('content-type')).toMatch(/^text\/(css|javascript); charset=utf-8$/);
      expect(reply.headers.get('content-encoding')).toBe('gzip');
      expect((await reply.text()).length).toBeGreaterThan(50);
      const headers = { 'If-None-Match': String(reply.headers.get('etag')), 'Cache-Control': 'max-age=0' };
      expect((await fetch(`${url}${String(name)}`, { headers })).status).toBe(304);
    }
    for (const name of ['package.json', '..%2Fpackage.json', '__proto__'])
      expect((await fetch(`${url}/docs/${name}`)).status).toBe(404);
  });

  test('shows every operation, and tries one with the token that was typed', async () => {
    const hosts = new Set<string>();
    const { page, failures } = await openPage(browser, 'about:blank');
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) hosts.add(new URL(request.url()).origin);
    });
    await page.goto(`${url}/docs/`);
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> };
    const operations = Object.values(document.paths).flatMap((each) => Object.keys(each));
    await page.locator('.opblock').first().waitFor();
    expect(await page.locator('.opblock').count()).toBe(operations.length);

    const form = { operation: 'create', name: 'reader', role: 'viewer' };
    const made = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form });
    const pools = page.locator('.opblock-get', { has: page.locator('[data-path="/REST/pools"]') });
    await pools.locator('.opblock-summary-control').click();
    await pools.getByRole('button', { name: 'Try it out' }).click();
    await pools.getByRole('button', { name: 'Execute' }).click();
    await pools.locator('.live-responses-table .response-col_status', { hasText: '401' }).waitFor();

    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.locator('.auth-container input').fill((made.body as { token: string }).token);
    await page.locator('.auth-container').getByRole('button', { name: 'Apply credentials' }).click();
    await page.locator('.auth-container').getByRole('button', { name: 'Close' }).click();
    await pools.getByRole('button', { name: 'Execute' }).click();
    await pools.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor();

    expect(failures).toEqual([]);
    expect([...hosts]).toEqual([url]);
  });
});
