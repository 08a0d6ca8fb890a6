// The measuring part of one agent, or the peers of one, for main.ts, which gives the `Setup` as an argument. It runs until it is
// killed.
import { pino } from 'pino';
import { LinkProbes } from '../../../agent/links/link-probes.js';
import { LinkTraffic } from '../../../agent/links/traffic.js';
import { LxdClient } from '../../../agent/lxd/client.js';
import { recordLinks } from '../../../agent/measurements/link-recorder.js';
import { MeasurementStore } from '../../../agent/measurements/measurement-store.js';
import { recordUsage } from '../../../agent/measurements/usage-recorder.js';
import { recordStations } from '../../../agent/measurements/wireless-recorder.js';

export interface Setup {
  readonly role: 'agent' | 'peers';
  readonly pool: string;
  readonly address: string;
  readonly peers: readonly { readonly pool: string; readonly address: string; readonly key: string }[];
  readonly directory: string;
  /** The first process of each container. */
  readonly pids: Readonly<Record<string, number>>;
  readonly countsTraffic: boolean;
}

const port = 8001;
const setup = JSON.parse(process.argv[2] ?? '') as Setup;
const log = pino({ level: 'warn' }, pino.destination(2));
if (setup.role === 'agent') await measure();
else for (const { pool, address, key } of setup.peers) await probing(pool, address, [{ ...setup, key }]);
setInterval(() => undefined, 60_000);

async function measure(): Promise<void> {
  const { directory, pids, pool, address, peers, countsTraffic } = setup;
  const store = new MeasurementStore({ directory, bytesMax: 256 << 20, log });
  store.start();
  // All counters are visible, so the daemon is not asked.
  const lxd = new LxdClient('/nonexistent', () => undefined);
  const inventory = { pids: new Map(Object.entries(pids)), keep: () => () => undefined };
  recordUsage(lxd, inventory, store);
  recordStations(store);
  const probes = await probing(pool, address, peers);
  recordLinks(probes, store, countsTraffic ? new LinkTraffic(log) : undefined);
}

async function probing(pool: string, address: string, peers: Setup['peers']): Promise<LinkProbes> {
  const probes = new LinkProbes({ pool, log, count: () => undefined });
  await probes.listen(address, port);
  probes.setPeers(
    peers.map((peer) => ({
      ...{ pool: peer.pool, address: peer.address, port, isProbed: true },
      key: Buffer.from(peer.key, 'hex'),
    })),
  );
  return probes;
}
