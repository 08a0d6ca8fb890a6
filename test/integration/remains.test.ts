// Aim: `copa doctor agent --repair` mends what holds nothing or has ended, and nothing else. Method: a daemon's double with
// containers as migrations leave them, and a controller that answers for their migrations.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { examineRemains, type MigrationFate } from '../../agent/diagnostics/remains.js';
import { LxdClient } from '../../agent/lxd/client.js';
import { FakeLxd, failure, operation, sync, type Answer } from '../support/fakes/lxd.js';

type Config = Record<string, string>;
const lock = { 'linux.kernel_modules': 'held-by-copa' };
const marks = (migration: string, more: Config = {}): Config => ({
  'user.copa.migration': migration,
  'user.copa.role': 'destination',
  ...more,
});
const saved = JSON.stringify({ config: { 'boot.autostart': 'true' }, ephemeral: false });

const left: Readonly<Record<string, Config>> = {
  plain: { 'user.note': '1' },
  locked: { ...lock, 'user.note': '1' },
  ended: marks('e'.repeat(16), { ...lock, 'boot.autostart': 'false', 'user.copa.saved': saved }),
  open: marks('0'.repeat(16), lock),
  lost: marks('1'.repeat(16), lock),
  unsure: marks('2'.repeat(16), lock),
  copied: marks('0'.repeat(16), { 'user.copa.uuid': 'of the original', 'volatile.uuid': 'its own' }),
  'web-kept-0123abcd': {},
};
const fates: Readonly<Record<string, MigrationFate>> = {
  ['e'.repeat(16)]: 'ended',
  ['0'.repeat(16)]: 'open',
  ['1'.repeat(16)]: 'not known',
};

describe('what migrations have left', () => {
  let directory: string, fake: FakeLxd, lxd: LxdClient, configs: Map<string, Config>;

  const shown = (name: string) => ({
    ...{ name, status: 'Stopped', description: '', architecture: 'x86_64', ephemeral: false, profiles: [] },
    ...{ config: configs.get(name), expanded_config: configs.get(name), devices: {}, expanded_devices: {} },
    ...{ type: 'container', location: 'none', created_at: '2026-01-01T00:00:00Z', last_used_at: '' },
  });
  const answer = (method: string, path: string, body: unknown): Answer => {
    const { pathname } = new URL(path, 'http://lxd');
    const [, part, name = '', below] = pathname.split('/').slice(1);
    if (part === 'operations') return name ? sync({ id: name, status: 'Success', err: '' }) : sync({});
    if (part === 'storage-pools') return sync([]);
    if (part !== 'instances') return failure(404, 'not found');
    if (name === '') return sync([...configs.keys()].map(shown));
    if (!configs.has(name)) return failure(404, 'not found');
    if (below === 'snapshots') return sync([]);
    if (method === 'GET') return sync(shown(name));
    configs.set(name, (body as { config: Config }).config);
    return operation('update');
  };
  const examine = async (repair: boolean) => {
    const options = { repair, fateOf: (id: string) => Promise.resolve(fates[id]) };
    const findings = await examineRemains(lxd, directory, options);
    return Object.fromEntries(findings.map(({ about, verdict, text }) => [about, `${verdict}: ${text}`]));
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'copa-'));
    mkdirSync(join(directory, 'receiving'));
    for (const [name, migrationId] of [
      ['gone', 'e'.repeat(16)],
      ['coming', '0'.repeat(16)],
    ] as const) {
      writeFileSync(join(directory, 'receiving', name), JSON.stringify({ migrationId, pool: '' }));
    }
    configs = new Map(Object.entries(left));
    fake = await FakeLxd.start(join(directory, 'socket'), ({ method, path, body }) =>
      answer(method, path, body),
    );
    lxd = new LxdClient(join(directory, 'socket'));
  });
  afterEach(async () => {
    await Promise.all([fake.close(), lxd.close()]);
    rmSync(directory, { recursive: true });
  });

  test('is found, and nothing is changed without --repair', async () => {
    const found = await examine(false);
    expect(Object.keys(found).sort()).toEqual([
      ...['copied', 'ended', 'locked', 'lost', 'open', 'unsure'].map((name) => `container ${name}`),
      ...['container web-kept-0123abcd', 'copy gone'],
    ]);
    expect(Object.values(found).filter((text) => text.includes('mended'))).toEqual([]);
    expect(fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(existsSync(join(directory, 'receiving/gone'))).toBe(true);
  });

  test('is mended where it holds nothing or has ended, and stays where a move may need it', async () => {
    const found = await examine(true);
    const mended = Object.keys(found).filter((about) => found[about]?.endsWith(': mended'));
    expect(mended.sort()).toEqual(['container copied', 'container ended', 'container locked', 'copy gone']);
    expect(configs.get('locked')).toEqual({ 'user.note': '1' });
    expect(configs.get('ended')).toEqual({ 'boot.autostart': 'true' });
    expect(configs.get('copied')).toEqual({ 'volatile.uuid': 'its own' });
    for (const name of ['plain', 'open', 'lost', 'unsure', 'web-kept-0123abcd'])
      expect(configs.get(name)).toEqual(left[name]);
    expect(existsSync(join(directory, 'receiving/gone'))).toBe(false);
    expect(existsSync(join(directory, 'receiving/coming'))).toBe(true);
    const again = await examine(true);
    expect(Object.keys(again).sort()).toEqual([
      ...['lost', 'open', 'unsure', 'web-kept-0123abcd'].map((name) => `container ${name}`),
    ]);
  });
});
