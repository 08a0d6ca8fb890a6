// Aim: a container that comes from another host brings no access to this one.
// Method: a real agent over a fake daemon gets such a container, or has one already.
import { describe, expect, test } from 'vitest';
import { failure, operation, sync, type Answering } from '../../support/fakes/lxd.js';
import { failureOf } from '../../support/failures.js';
import {
  held,
  soon,
  ticket,
  id,
  command,
  controller,
  server,
  instance,
  startAgent,
  callAs,
} from './agent.js';

describe('a container that comes from another host', () => {
  const daemon = (
    snapshots: unknown[] = [],
    status = 'Stopped',
    marks: Record<string, string> = {},
  ): Answering => {
    let config: Record<string, string> = { ...held(7), 'user.copa.role': 'destination', ...marks };
    return ({ method, path, body }) => {
      if (path === '/1.0') return sync(server);
      if (path.endsWith('/snapshots?recursion=1')) return sync(snapshots);
      if (path.startsWith('/1.0/operations?')) return sync({});
      if (path.startsWith('/1.0/operations/stopping')) return sync({ id: 'stopping', status: 'Success' });
      if (method === 'PUT' && path.startsWith('/1.0/instances/c1')) {
        if (!path.endsWith('/state')) ({ config } = body as { config: typeof config });
        return operation('stopping');
      }
      if (path === '/1.0/profiles/risky') {
        return sync({ config: { 'security.privileged': 'true' }, devices: {} });
      }
      if (/^\/1.0\/(profiles|networks|storage-pools)/.test(path)) return sync([]);
      if (path.startsWith('/1.0/instances/c1') && method === 'GET') {
        return snapshots.length > 0 || path.includes('snapshots')
          ? sync(instance(config, status))
          : failure(404, 'not found');
      }
      return failure(404, 'not found');
    };
  };
  const risky = { 'security.privileged': 'true' };
  const manifest = { container: 'c1', server: 'lxd', architecture: 'x86_64' };
  const receive = async (more: object) => {
    const agent = await startAgent('one', daemon());
    const request = { command, transferId: `${id}-9`, ticket, sourcePool: 'two' };
    const failed = await failureOf(() =>
      callAs(controller, agent).stream(
        'ReceiveCopy',
        { ...request, manifest: { ...manifest, ...more } },
        { onEvent: () => undefined, deadlineMs: 5000 },
      ),
    );
    expect(agent.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    return failed;
  };

  test.each([
    [
      { config: { 'security.privileged': 'true' } },
      /^permission_denied: security.privileged .*--allow-privileges/,
    ],
    [{ config: { 'raw.lxc': 'lxc.hook.start = /x' } }, /^permission_denied: raw.lxc /],
    [
      { devices: { d: { options: { type: 'disk', source: '/', path: '/host' } } } },
      /^permission_denied: device "d"/,
    ],
    [{ profiles: ['risky'] }, /^permission_denied: security.privileged/],
    [
      { devices: { d: { options: { type: 'disk', path: '/x', pool: 'default', source: 'theirs' } } } },
      /^permission_denied: device "d" \(theirs\)/,
    ],
    [
      { devices: { eth0: { options: { type: 'nic', nictype: 'macvlan', parent: 'eth0' } } } },
      /^permission_denied: device "eth0" \(eth0\)/,
    ],
    [
      { config: { 'security.of_tomorrow': '1' } },
      /^permission_denied: .*--allow-privileges security.of_tomorrow/,
    ],
    [{ config: { 'volatile.idmap.next': '[]' } }, /^invalid_argument: manifest.config/],
    [{ config: { 'user.copa.migration': id } }, /^invalid_argument: manifest.config/],
    [{ profiles: ['../instances/c2'] }, /^invalid_argument: manifest/],
    [{ usedBytes: -1 }, /^invalid_argument: manifest.used_bytes/],
  ])('is not accepted with %o, whatever its controller requests', async (more, why) => {
    expect(await receive(more)).toMatch(why);
  });

  test('is reported before anything changes', async () => {
    const agent = await startAgent('one', daemon());
    const config = { 'security.privileged': 'true' };
    const { findings } = await callAs(controller, agent).call(
      'CheckDestination',
      { manifest: { ...manifest, config } },
      soon,
    );
    expect(findings.map(({ subject }) => subject)).toContain('privileges');
  });

  test('is not started when it has them', async () => {
    const agent = await startAgent(
      'one',
      daemon([{ name: 's1', config: {}, devices: {} }], 'Stopped', risky),
    );
    const activate = callAs(controller, agent).call('ActivateDestination', { command, run: true }, soon);
    expect(await failureOf(() => activate)).toMatch(/^permission_denied: security.privileged/);
    expect(agent.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('is stopped at once when a snapshot of it would restore them', async () => {
    const snapshot = { name: 's1', config: { 'raw.lxc': 'x' }, devices: {} };
    const agent = await startAgent('one', daemon([snapshot]));
    const activate = callAs(controller, agent).call('ActivateDestination', { command, run: true }, soon);
    expect(await failureOf(() => activate)).toMatch(/^permission_denied: snapshot "s1": raw.lxc/);
    const states = agent.fake.requests.filter(({ path }) => path === '/1.0/instances/c1/state');
    expect(states.map(({ body }) => (body as { action: string }).action)).toEqual(['start', 'stop']);
  });

  test('does not come into being when it is not to run and a snapshot of it would restore them', async () => {
    const snapshot = { name: 's1', config: { 'raw.lxc': 'x' }, devices: {} };
    const agent = await startAgent('one', daemon([snapshot]));
    const activate = callAs(controller, agent).call('ActivateDestination', { command, run: false }, soon);
    expect(await failureOf(() => activate)).toMatch(/^permission_denied: snapshot "s1": raw.lxc/);
    expect(agent.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('is stopped at once when its daemon has started it before anybody could look', async () => {
    const snapshot = { name: 's1', config: { 'raw.lxc': 'x' }, devices: {} };
    const saved = { 'user.copa.saved': JSON.stringify({ config: {}, ephemeral: false }) };
    const agent = await startAgent('one', daemon([snapshot], 'Running', saved));
    const activate = callAs(controller, agent).call('ActivateDestination', { command, run: true }, soon);
    expect(await failureOf(() => activate)).toMatch(/^permission_denied: snapshot "s1": raw.lxc/);
    const [stop] = agent.fake.requests.filter(({ method }) => method !== 'GET');
    expect(stop).toMatchObject({
      method: 'PUT',
      path: '/1.0/instances/c1/state',
      body: { action: 'stop', force: true },
    });
  });
});
