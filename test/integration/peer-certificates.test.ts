// Aim: members of etcd go on reaching each other after the certificates with which they began have expired, and their CA
// can be replaced. Method: two real etcds with certificates of some seconds; both are needed for every read.
import { once } from 'node:events';
import { cp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startEmbeddedEtcd, type EmbeddedEtcd } from '../../controller/etcd-process/embedded-etcd.js';
import { foundCluster, removeMembership, writeMembership } from '../../controller/etcd-process/membership.js';
import { peerUrl } from '../../controller/etcd-process/program.js';
import { Store } from '../../controller/store/store.js';
import { etcdObstacle, silentLog, temporaryDirectory } from '../support/etcd.js';

const lifetimeMs = 15_000;
const waiting = { timeout: 30_000, interval: 100 };

async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await once(server.close(), 'close');
  return `127.0.0.1:${port}`;
}

describe.skipIf(etcdObstacle !== undefined)('certificates of members of etcd', () => {
  const undo: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  const directory = async () => {
    const made = await temporaryDirectory();
    undo.push(() => rm(made, { recursive: true, force: true }));
    return made;
  };
  const start = async (stateDirectory: string) => {
    const etcd = await startEmbeddedEtcd(stateDirectory, silentLog, { lifetimeMs });
    undo.push(() => etcd.stop());
    return etcd;
  };
  const certificateOf = async (stateDirectory: string) =>
    new X509Certificate(await readFile(join(stateDirectory, 'peer-tls', 'identity.pem')));
  /** A change that needs both. */
  const write = async ({ endpoints }: EmbeddedEtcd, key: string) => {
    const store = new Store(endpoints);
    try {
      return await store.transact({ expect: [{ key, revision: 0 }], put: [{ key, value: 1 }] });
    } finally {
      store.close();
    }
  };

  test('are renewed while they run, and their CA is replaced by founding the cluster again', async () => {
    const [here, there] = [await directory(), await directory()];
    const [address, other] = [await freeAddress(), await freeAddress()];
    const one = await start(here);
    const founded = await foundCluster(here, { name: 'one', address });
    await one.openFor(founded);
    await one.gateway.addLearner(other);
    await cp(join(here, 'cluster-secret'), join(there, 'cluster-secret'));
    const initialCluster = `one=${peerUrl(address)},two=${peerUrl(other)}`;
    await writeMembership(there, { ...founded, name: 'two', address: other, initialCluster });
    const two = await start(there);
    const idOfTwo = async () =>
      (await one.gateway.members()).find((each) => each.address === other)?.id ?? '';
    await vi.waitFor(async () => one.gateway.promote(await idOfTwo()), waiting);
    expect(await write(two, '/before')).toBeDefined();

    const first = await Promise.all([here, there].map(certificateOf));
    const expiredAtMs = Math.max(...first.map(({ validTo }) => Date.parse(validTo)));
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(expiredAtMs + 500), waiting);
    const now = await Promise.all([here, there].map(certificateOf));
    for (const [index, { serialNumber, validTo }] of now.entries()) {
      expect(serialNumber).not.toBe(first[index]?.serialNumber);
      expect(Date.parse(validTo)).toBeGreaterThan(Date.now());
    }
    // All connections between them are made anew, in both directions.
    for (const [index, etcd] of [two, one].entries()) {
      const pid = etcd.pid() ?? 0;
      process.kill(pid, 'SIGKILL');
      await vi.waitFor(async () => {
        expect(etcd.pid()).not.toBe(pid);
        expect(await one.gateway.isServing()).toBe(true);
      }, waiting);
      expect(await write(etcd, `/after${index}`)).toBeDefined();
    }

    // The way of docs/security.md: the others are removed, and the last one founds the cluster again.
    await vi.waitFor(async () => one.gateway.remove(await idOfTwo()), waiting);
    await two.stop();
    await one.stop();
    await removeMembership(here);
    const alone = await start(here);
    expect(await write(alone, '/alone')).toBeDefined();
    const again = await foundCluster(here, { name: 'one', address });
    expect(again.authority.certificate).not.toBe(founded.authority.certificate);
    await alone.openFor(again);
    expect(
      (await certificateOf(here)).verify(new X509Certificate(again.authority.certificate).publicKey),
    ).toBe(true);
    expect(await write(alone, '/founded')).toBeDefined();
  });
});
