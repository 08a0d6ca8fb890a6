// Aim: a replacement of the CA ends with the last pool that gets its certificate, and costs a fleet no unnecessary
// reads of etcd. Method: the rotation alone over a store in memory, with CAs that consist of names only.
import { expect, test, vi } from 'vitest';
import type { AuthoritySet } from '../../controller/pki/authorities.js';
import { HostCertificates } from '../../controller/pki/host-certificates.js';
import type { CaStore } from '../../controller/pki/ca-store.js';
import { CaRotation } from '../../controller/pki/ca-rotation.js';
import { keys } from '../../controller/store/keys.js';
import { CopaError } from '../../common/errors.js';
import { MemoryStore } from '../support/memory-store.js';

const named = (names: readonly string[]) =>
  ({
    all: names.map((fingerprint) => ({ fingerprint, certificate: '' })),
    value: {},
  }) as unknown as AuthoritySet;

function replacement(pools: readonly string[], clock = { ms: 0 }) {
  const store = new MemoryStore();
  for (const pool of pools) {
    store.put(keys.pool(pool), {});
    store.put(keys.certificate(pool), {
      issuedAtMs: 1,
      shown: { issuedAtMs: 1, validUntilMs: 9, issuer: 'old' },
    });
  }
  const finish = vi.fn(() => {
    caStore.authorities = named(['new']);
    return Promise.resolve();
  });
  const caStore = {
    authorities: named(['old', 'new']),
    opened: () => Promise.resolve(caStore.authorities),
    rotate: () => Promise.resolve(),
    finish,
  };
  const certificates = new HostCertificates(store, caStore as unknown as CaStore);
  const rotation = new CaRotation(store, caStore, certificates, () => clock.ms);
  /** The end of a visit: the host's certificate is recorded, and then reported. */
  const settle = async (pool: string) => {
    await certificates.record(pool, { issuedAtMs: 2, validUntilMs: 9, issuer: 'new' });
    await rotation.settled(pool);
  };
  return { store, caStore, rotation, settle, finish };
}

const thousand = Array.from({ length: 1_000 }, (_, index) => `p${index}`);

test('a thousand pools that are renewed one after the other are listed twice, and the last one ends it', async () => {
  const { store, settle, finish } = replacement(thousand);
  const list = vi.spyOn(store, 'list');
  for (const pool of thousand) {
    expect(finish).not.toHaveBeenCalled();
    await settle(pool);
  }
  expect(finish).toHaveBeenCalledTimes(1);
  // Pools and certificates, at the first and at the last.
  expect(list).toHaveBeenCalledTimes(4);
});

test('a pool that is renewed while etcd is read is not waited for', async () => {
  const { store, settle, finish } = replacement(['a', 'b', 'c']);
  const read = store.list.bind(store);
  // Both are renewed after the result was read.
  store.list = async (prefix) => {
    const answer = await read(prefix);
    store.list = read;
    await Promise.race([settle('b'), new Promise((resolve) => setImmediate(resolve))]);
    return answer;
  };
  await Promise.all([settle('a'), settle('c')]);
  await vi.waitFor(() => expect(finish).toHaveBeenCalledTimes(1));
});

test('a removed pool is not waited for; a new one is', async () => {
  const { store, rotation, settle, finish } = replacement(['a', 'b']);
  await settle('a');
  store.put(keys.pool('late'), {});
  store.remove(keys.pool('b'));
  await rotation.settled('b');
  expect(finish).not.toHaveBeenCalled();
  await settle('late');
  expect(finish).toHaveBeenCalledTimes(1);
});

test('a change that only etcd has is found a minute later', async () => {
  const clock = { ms: 0 };
  const { store, rotation, settle, finish } = replacement(['a', 'b'], clock);
  await settle('a');
  store.remove(keys.pool('b'));
  clock.ms = 59_999;
  await rotation.settled('a');
  expect(finish).not.toHaveBeenCalled();
  clock.ms = 60_000;
  await rotation.settled('a');
  expect(finish).toHaveBeenCalledTimes(1);
});

test('a pool that was reported too early is waited for', async () => {
  const { rotation, settle, finish } = replacement(['a', 'b']);
  await settle('a');
  // Seen with a certificate of the CA that was the issuer when the visit began.
  await rotation.settled('b');
  expect(finish).not.toHaveBeenCalled();
  await settle('b');
  expect(finish).toHaveBeenCalledTimes(1);
});

test('another controller that ended it first is no failure; an unreachable etcd is one', async () => {
  const { settle, finish } = replacement(['a']);
  finish.mockRejectedValueOnce(new CopaError('failed_precondition', 'the CA is not being replaced'));
  await settle('a');
  finish.mockRejectedValueOnce(new CopaError('unavailable', 'no answer'));
  await expect(settle('a')).rejects.toThrow(expect.objectContaining({ code: 'unavailable' }) as Error);
});
