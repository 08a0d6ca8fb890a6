// Aim: a test of a link sends for its time and within its limit, once at a time for each host, and leaves both hosts free, also
// after a failure. Method: the use case with two real agents, with real TLS.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { deferred } from '../../common/async/deferred.js';
import { TlsIdentity } from '../../common/pki/tls-identity.js';
import { CopaError } from '../../common/errors.js';
import { AgentClient } from '../../controller/hosts/client.js';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import { LinkTests } from '../../controller/usecases/link-tests.js';
import { startAgent } from '../support/fakes/agent.js';
import { failure, sync } from '../support/fakes/lxd.js';
import { failureOf } from '../support/failures.js';

const undo: (() => Promise<void> | void)[] = [];
const clients = new Map<string, AgentClient>();
let tests: LinkTests;

beforeEach(async () => {
  const { authority } = await CertificateAuthority.create('ours');
  const identity = new TlsIdentity(await authority.issue({ role: 'controller', name: 'c' }));
  const environment = { server: 'lxd', server_version: '5.0', architectures: ['x86_64'] };
  for (const pool of ['one', 'two']) {
    const agent = await startAgent(await authority.issue({ role: 'agent', name: pool }), ({ path }) =>
      path === '/1.0' ? sync({ api_extensions: [], environment }) : failure(404, 'not found'),
    );
    const client = new AgentClient({ pool, address: agent.address, pools: 2 }, identity);
    clients.set(pool, client);
    undo.push(
      () => agent.stop(),
      () => client.close(),
    );
  }
  tests = new LinkTests({
    pools: {
      get: (name) =>
        clients.has(name)
          ? Promise.resolve({ name, address: '', addedAt: '', revision: 1 })
          : Promise.reject(new CopaError('not_found', `there is no pool "${name}"`)),
    },
    directory: { host: ({ name }) => clients.get(name) as AgentClient },
  });
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

test('it measures what arrives, within its limit and time', async () => {
  const limited = await tests.run({ from: 'one', to: 'two', seconds: 2, mbitsMax: 20 });
  expect(limited.throughput).toBeGreaterThan(15);
  expect(limited.throughput).toBeLessThan(25);
  expect(limited.bytes).toBeLessThanOrEqual((20e6 / 8) * 2.1);
  expect(limited.seconds).toBeLessThan(2.5);
  const free = await tests.run({ from: 'one', to: 'two', seconds: 1 });
  expect(free.throughput).toBeGreaterThan(50);
});

test('a host takes part in one at a time, and is free after a failure', async () => {
  const order = { ticket: 'ab'.repeat(32), sourcePool: 'one', seconds: 1 };
  const leave = new AbortController();
  const ready = deferred<undefined>();
  const left = (clients.get('two') as AgentClient).stream('ReceiveTraffic', order, {
    signal: leave.signal,
    onEvent: () => ready.resolve(undefined),
  });
  await ready.promise;
  for (const [from, to] of [
    ['one', 'two'],
    ['two', 'one'],
  ] as const) {
    expect(await failureOf(() => tests.run({ from, to, seconds: 1 }))).toBe(
      'aborted: pool "two" takes part in a test of a link already',
    );
  }
  leave.abort();
  expect(await failureOf(() => left)).toMatch(/^cancelled/);
  await vi.waitFor(() => tests.run({ from: 'one', to: 'two', seconds: 1, mbitsMax: 1 }), 5_000);
});

test.each([
  ['one', 1, 'invalid_argument: pool "one" has no link to itself'],
  ['three', 1, 'not_found: there is no pool "three"'],
  ['two', 31, 'invalid_argument: seconds "31" is not valid: it is from 1 to 30'],
])('to pool %s for %d s: refused', async (to, seconds, refusal) => {
  expect(await failureOf(() => tests.run({ from: 'one', to, seconds }))).toBe(refusal);
});
