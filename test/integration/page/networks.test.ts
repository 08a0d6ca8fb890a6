// Aim: people see on the page which hosts a network is ready on, which container has which address, and what is in conflict,
// and create a container on it. Method: as in page.test.ts.
import { describe, expect, test } from 'vitest';
import type { WireNetwork } from '../../../page/model/api-types.js';
import { seriousFaults } from '../../support/browser/axe.js';
import { openPage } from '../../support/browser/browser.js';
import { obstacle, browser, fake } from './page.js';

const lan: WireNetwork = {
  ...{
    name: 'lan',
    subnet: '10.50.0.0/24',
    gateway: '10.50.0.1',
    vni: 7,
    mtu: 1450,
    encrypted: true,
    state: 'active',
  },
  ...{ pools: 'all', created_at: '2026-11-28T10:00:00Z' },
  hosts: [
    { pool: 'aurora', address: '10.50.0.2', state: 'ready', problem: null },
    { pool: 'basalt', address: '10.50.0.3', state: 'failed', problem: 'program "nft" is missing' },
  ],
  containers: [
    {
      ...{
        pool: 'aurora',
        container: 'web',
        address: '10.50.0.10',
        mac: '02:00:0a:32:00:0a',
        device: 'eth0',
      },
      state: 'in use',
    },
  ],
  conflicts: [],
};

describe.skipIf(obstacle !== undefined)('networks on the page', () => {
  test('shows where a network is ready, its addresses, and what is wrong', async () => {
    const { url, world } = await fake();
    const { page, failures } = await openPage(browser, url);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Networks' }).click();
    await page.getByText('copa network create lan').waitFor();
    world.networks.push(lan);
    await page.getByText('Ready on 1 of 2 pools').waitFor();
    await page.getByText('basalt: program "nft" is missing').waitFor();
    await page.getByRole('button', { name: '3 addresses of lan' }).click();
    expect(await page.locator('.network-addresses tbody tr').allInnerTexts()).toEqual([
      expect.stringMatching(/^10\.50\.0\.2\s+the host\s+aurora$/),
      expect.stringMatching(/^10\.50\.0\.3\s+the host\s+basalt$/),
      expect.stringMatching(/^10\.50\.0\.10\s+web\s+aurora$/),
    ]);
    expect(await seriousFaults(page)).toEqual([]);
    const hidden = '"nginx" (pid 12) listens on tcp port 8080 of the host';
    world.ports.push({
      ...{ protocol: 'tcp', port: 8080, container_port: 80, container_pool: 'aurora', container_name: 'web' },
      ...{ network: 'lan', address: '10.50.0.10', pools: 'all' },
      hosts: [
        { pool: 'aurora', state: 'ready', problem: null },
        { pool: 'basalt', state: 'failed', problem: hidden },
      ],
    });
    const ports = page.getByRole('list', { name: 'Published ports of lan' });
    await ports.getByText('tcp port 8080 of 2 pools leads to').waitFor();
    await ports.getByText(`basalt: ${hidden}`).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    const message = 'container "db" has the address of "web"';
    world.networks[0] = { ...lan, conflicts: [{ pool: 'basalt', message }] };
    await page.getByText(`Conflict: ${message}`).waitFor();
    expect(failures).toEqual([]);
  });

  test('a container is created on a network that its pool is in', async () => {
    const { url, world } = await fake();
    world.networks.push(lan);
    const { page, failures } = await openPage(browser, url);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'New container' }).click();
    const choice = page.getByRole('combobox', { name: 'Network' });
    await page.getByRole('combobox', { name: 'Pool' }).selectOption('aurora');
    await choice.selectOption('lan');
    await page.getByRole('combobox', { name: 'Pool' }).selectOption('cedar');
    await choice.waitFor({ state: 'detached' });
    expect(await seriousFaults(page)).toEqual([]);
    expect(failures).toEqual([]);
  });
});
