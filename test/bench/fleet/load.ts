// Puts a constant load on the API: a number of requests per second, sent on time and not after the previous reply.
import { setTimeout as delay } from 'node:timers/promises';
import { poolName } from './names.js';

export interface Latencies {
  readonly requests: number;
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** The requests of a page, of scripts and of people, and their share of ten. */
function askSomething(url: string, pools: number): Promise<Response> {
  const pool = poolName(Math.floor(Math.random() * pools));
  const dice = Math.random() * 10;
  if (dice < 5) return fetch(`${url}/overview?container_pool=${pool}`);
  if (dice < 8) return fetch(`${url}/container?operation=list_containers&container_pool=${pool}`);
  if (dice < 9.5) {
    return fetch(`${url}/container?operation=information&container_pool=${pool}`);
  }
  return fetch(`${url}/overview?limit=20&after=${pool}`);
}

export async function load(
  url: string,
  pools: number,
  perSecond: number,
  seconds: number,
): Promise<Latencies> {
  const latencies: number[] = [];
  let failures = 0;
  const under: Promise<void>[] = [];
  const started = performance.now();
  for (let sent = 0; sent < perSecond * seconds; sent++) {
    const dueMs = started + (sent * 1000) / perSecond;
    await delay(Math.max(0, dueMs - performance.now()));
    const ask = async () => {
      const response = await askSomething(url, pools).catch(() => undefined);
      await response?.arrayBuffer();
      if (response?.status === 200) latencies.push(performance.now() - dueMs);
      else failures++;
    };
    under.push(ask());
  }
  await Promise.all(under);
  latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? NaN;
  return { requests: under.length, failures, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
