/** Tests of links with traffic, which a person orders: from one agent to another one, over their stream port. */
import { deferred } from '../../common/async/deferred.js';
import { CopaError } from '../../common/errors.js';
import { checkPoolName } from '../../common/names.js';
import { randomHex } from '../../common/random-hex.js';
import type { HostCalls } from '../hosts/client.js';
import { streamEnds } from '../migration/route.js';
import type { Host } from '../model/host.js';

export const testSeconds = { default: 5, max: 30 } as const;
const shortMs = 20_000;

interface Parts {
  readonly pools: { get(name: string): Promise<Host> };
  readonly directory: { host(host: Host): HostCalls };
}

export interface LinkTest {
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
  /** Undefined: as much as the link carries. */
  readonly mbitsMax?: number | undefined;
}

export interface LinkTested {
  /** Mbit/s of payload. */
  readonly throughput: number;
  readonly bytes: number;
  readonly seconds: number;
}

export class LinkTests {
  constructor(private readonly parts: Parts) {}

  /** Throws `unavailable` when the source does not reach the destination, `aborted` when one of them has a test already. */
  async run({ from, to, seconds, mbitsMax = 0 }: LinkTest): Promise<LinkTested> {
    checkPoolName('destination_pool', to);
    if (from === to) throw new CopaError('invalid_argument', `pool "${from}" has no link to itself`);
    const [source, destination] = await Promise.all([this.#host(from), this.#host(to)]);
    const ends = await streamEnds(source, destination, shortMs);
    const ticket = randomHex(32);
    const giveUp = new AbortController();
    const ready = deferred<undefined>();
    let received = { bytes: 0, ms: 0 };
    const receiving = destination.stream(
      'ReceiveTraffic',
      { ticket, sourcePool: from, seconds },
      {
        signal: giveUp.signal,
        onEvent: (event) => {
          if (event.ready) ready.resolve(undefined);
          else received = event;
        },
      },
    );
    receiving.catch(() => undefined);
    await Promise.race([ready.promise, receiving]);
    const order = {
      ...{ ticket, seconds, mbitsMax, destinationPool: to },
      destinationAddress: ends.destination.address,
    };
    try {
      await source.call('SendTraffic', order, { deadlineMs: seconds * 1000 + shortMs });
    } catch (error) {
      giveUp.abort();
      throw error;
    }
    await receiving;
    const { bytes, ms } = received;
    if (!(ms > 0)) throw new CopaError('aborted', `nothing came from pool "${from}" to pool "${to}"`);
    return { bytes, seconds: ms / 1000, throughput: Math.round((bytes * 8) / ms) / 1000 };
  }

  async #host(pool: string): Promise<HostCalls> {
    return this.parts.directory.host(await this.parts.pools.get(pool));
  }
}
