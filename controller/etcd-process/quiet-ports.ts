/**
 * Loopback ports for a process that may be restarted. Linux gives no connection a local port below the ephemeral range
 * by itself, so nothing takes such a port by chance while the process is down.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

/** Services with well-known ports rarely listen above this. */
const lowest = 20_000;
const usualEphemeral = 32_768;
const triesMax = 50;

/** As many different ports on which nothing listens now. Throws when none is found. */
export async function quietPorts(count: number): Promise<number[]> {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const ephemeral = Number(/^\d+/.exec(range)?.[0]) || usualEphemeral;
  // Where somebody has widened the ephemeral range, there are no better ports than others.
  const highest = ephemeral > lowest + 1_000 ? ephemeral : 65_536;
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    const port = randomInt(lowest, highest);
    const problem = await problemOf(port);
    if (problem === undefined) ports.add(port);
    else if (tries >= triesMax) throw problem;
  }
  return [...ports];
}

async function problemOf(port: number): Promise<Error | undefined> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch (error) {
    return error as Error;
  }
  await once(server.close(), 'close');
  return undefined;
}
