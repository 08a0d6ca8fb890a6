// Aim: a fleet is visited in order: not all at once after a start, few at a time, hosts that do not answer less and
// less often, and at once when they are back. Method: the certificate renewer alone with hosts that do not answer, or
// never end, and a clock of the test.
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AgentCaller } from '../../controller/hosts/methods.js';
import type { HostCertificates } from '../../controller/pki/host-certificates.js';
import { CertificateRenewer } from '../../controller/pki/certificate-renewer.js';
import type { CaStore } from '../../controller/pki/ca-store.js';
import { CopaError } from '../../common/errors.js';

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    }),
);
afterEach(() => void vi.useRealTimers());

const pools = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `p${index}`,
    address: '10.0.0.1',
    addedAt: '',
    revision: 1,
  }));

/** `answer` is a host's reaction to a call. */
function renewer(answer: (signal: AbortSignal | undefined) => Promise<never>) {
  /** The start times of the visits, by pool. */
  const visits: { readonly pool: string; readonly atMs: number }[] = [];
  const startedMs = Date.now();
  const listeners = new Set<() => void>();
  const caStore = {
    authorities: undefined,
    trust: { generation: 1, ca: '', revoked: [] },
    lifetimeMs: 1,
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  } as unknown as CaStore;
  const made = new CertificateRenewer({
    notes: { all: () => [], onChange: () => () => undefined },
    hostOf: ({ name: pool }) => {
      visits.push({ pool, atMs: Date.now() - startedMs });
      return { call: (_method, _request, { signal }) => answer(signal) } satisfies AgentCaller;
    },
    caStore,
    certificates: undefined as unknown as HostCertificates,
    log: pino({ level: 'silent' }),
    isRight: () => Promise.resolve(),
  });
  return { made, visits };
}
const noAnswer = new CopaError('unavailable', 'no answer');

test('after a start the first visits begin when the inventory is complete, one after the other', async () => {
  const { made, visits } = renewer(() => Promise.reject(noAnswer));
  made.retain(pools(1_000));
  await vi.advanceTimersByTimeAsync(3_999);
  expect(visits).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1_000);
  // Of a thousand, a thirty-sixth each second.
  expect(visits.length).toBeGreaterThan(5);
  expect(visits.length).toBeLessThan(60);
  await vi.advanceTimersByTimeAsync(35_001);
  expect(new Set(visits.map(({ pool }) => pool)).size).toBe(1_000);
  made.close();
});

test('a new pool is visited at once', async () => {
  const { made, visits } = renewer(() => Promise.reject(noAnswer));
  made.follow({ name: 'new', address: '10.0.0.1', addedAt: '', revision: 1 });
  await vi.advanceTimersByTimeAsync(0);
  expect(visits).toHaveLength(1);
  made.close();
});

test('no more than 64 are visited at a time, and a removed one is not visited', async () => {
  const { made, visits } = renewer(
    (signal) => new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(noAnswer))),
  );
  const all = pools(100);
  for (const pool of all) made.follow(pool);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(visits).toHaveLength(64);
  made.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(visits).toHaveLength(64);
});

test('a host that does not answer is visited less and less often, and at once when other calls reach it', async () => {
  const { made, visits } = renewer(() => Promise.reject(noAnswer));
  made.follow({ name: 'a', address: '10.0.0.1', addedAt: '', revision: 1 });
  await vi.advanceTimersByTimeAsync(600_000);
  const pauses = visits.slice(1).map(({ atMs }, index) => (atMs - (visits[index]?.atMs ?? 0)) / 1000);
  // On time, or at most a tenth plus a second later.
  for (const [index, seconds] of [3, 6, 12, 24, 48, 60, 60, 60].entries()) {
    expect(pauses[index]).toBeGreaterThanOrEqual(seconds);
    expect(pauses[index]).toBeLessThanOrEqual(seconds + 1);
  }
  const before = visits.length;
  made.hostAnswered('a');
  await vi.advanceTimersByTimeAsync(1);
  expect(visits.length).toBe(before + 1);
  made.hostAnswered('nobody');
  made.close();
});
