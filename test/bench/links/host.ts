// The measuring part of agents in one network namespace: their probes to each other, their counters of traffic, and what records
// both. It prints each recorded row as a line of JSON. It is started by main.ts, which sends its `Setup` on stdin.
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { LinkProbes, steadyClock } from '../../../agent/links/link-probes.js';
import { LinkTraffic } from '../../../agent/links/traffic.js';
import { recordLinks } from '../../../agent/measurements/link-recorder.js';

export interface AgentSetup {
  readonly pool: string;
  readonly address: string;
  /** By how much its clock is ahead. */
  readonly aheadMs: number;
  readonly peers: readonly { readonly pool: string; readonly address: string; readonly key: string }[];
}

export interface Setup {
  readonly agents: readonly AgentSetup[];
  /** Only one agent of a namespace can count its traffic. */
  readonly countsTraffic: boolean;
}

/** A row that an agent recorded. */
export interface Recorded {
  readonly pool: string;
  readonly row: Readonly<Record<string, number | string | boolean | undefined>>;
}

/** Sends so much to a peer, over TCP. */
export interface Send {
  readonly address: string;
  readonly mbits: number;
  readonly seconds: number;
}

const probePort = 8001;
const sinkPort = 8009;
const tickMs = 10;

const lines = createInterface(process.stdin)[Symbol.asyncIterator]();
const setup = JSON.parse(String((await lines.next()).value)) as Setup;
const log = pino({ level: 'warn' }, pino.destination(2));
createServer((socket) => socket.resume()).listen(sinkPort);
for (const agent of setup.agents) await start(agent);
console.log('{}');
for await (const line of { [Symbol.asyncIterator]: () => lines }) await send(JSON.parse(line) as Send);
process.exit(0);

async function start({ pool, address, aheadMs, peers }: AgentSetup): Promise<void> {
  const now = () => steadyClock() + aheadMs;
  const probes = new LinkProbes({ pool, log, count: () => undefined, now });
  await probes.listen(address, probePort);
  probes.setPeers(
    peers.map((peer) => ({
      ...{ pool: peer.pool, address: peer.address, port: probePort, isProbed: true },
      key: Buffer.from(peer.key, 'hex'),
    })),
  );
  const append = (_kind: string, rows: readonly Recorded['row'][]) => {
    for (const row of rows) console.log(JSON.stringify({ pool, row } satisfies Recorded));
    return Promise.resolve(0);
  };
  recordLinks(probes, { append }, setup.countsTraffic ? new LinkTraffic(log) : undefined);
}

/** At a steady rate: what is late is sent with the next part. */
async function send({ address, mbits, seconds }: Send): Promise<void> {
  const socket = connect({ host: address, port: sinkPort });
  const chunk = Buffer.alloc(1 << 20);
  const start = performance.now();
  let sent = 0;
  for (let ms = 0; ms < seconds * 1000; ms = performance.now() - start) {
    const due = Math.min(chunk.length, Math.floor((mbits * 1000 * ms) / 8) - sent);
    if (due > 0 && socket.writableLength < chunk.length) {
      socket.write(chunk.subarray(0, due));
      sent += due;
    }
    await delay(tickMs);
  }
  socket.destroy();
}
