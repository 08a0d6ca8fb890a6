/**
 * Resolves the names of containers on networks over several hosts, for the daemon's dnsmasq of each network alone. It goes
 * on without a controller, from what it was given last.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Clock } from '../../../common/async/clock.js';
import { Serial } from '../../../common/async/serial.js';
import { messageOf } from '../../../common/errors.js';
import type { HostNetwork } from '../desired.js';
import { Generation } from '../generation.js';
import { answerTo } from './answer.js';
import type { NamesFile } from './names-file.js';
import type { NetworkName } from './names.js';
import { namesAddress, namesPort } from './upstream.js';

interface Parts {
  /** Those that this host has. */
  readonly networks: () => readonly Pick<HostNetwork, 'name' | 'vni'>[];
  readonly file: Pick<NamesFile, 'read' | 'write'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly port?: number;
}

interface NamesOrder {
  readonly names: readonly NetworkName[];
  /** They are as they were in this generation, and `names` is empty; 0: `names` are all. */
  readonly since: number;
}

interface Applied {
  readonly generation: number;
  /** Nothing was changed: this host does not have the names of that generation. */
  readonly needsAll: boolean;
}

const intervalMs = 5_000;

export class NameServer {
  #names: readonly NetworkName[] = [];
  /** By network, then by name in lower case. */
  #addresses = new Map<string, ReadonlyMap<string, string>>();
  /** By address. */
  readonly #sockets = new Map<string, Socket>();
  readonly #generation = new Generation();
  readonly #serial = new Serial();
  #stop: () => void = () => undefined;
  #reported = '';

  constructor(private readonly parts: Parts) {}

  /** Reads the names of the last run, and answers from now on. Never rejects. */
  async start(): Promise<void> {
    const { file, log, clock } = this.parts;
    try {
      this.#know(await file.read());
    } catch (error) {
      log.error(
        { reason: messageOf(error) },
        'the names of containers cannot be read: a controller has to send them',
      );
    }
    this.#stop = clock.every(intervalMs, () => void this.#serial.run(() => this.#listen()));
    await this.#serial.run(() => this.#listen());
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#serial.idle();
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  /** Returns the newest generation. An older one changes nothing. */
  apply({ names, since }: NamesOrder, generation: number): Promise<Applied> {
    return this.#serial.run(async () => {
      const now = this.parts.clock.now();
      const { newest } = this.#generation;
      if (!this.#generation.isDue(generation, now)) return { generation: newest, needsAll: false };
      if (since > 0 && (since > newest || newest > generation)) return { generation: newest, needsAll: true };
      if (since === 0 && !isDeepStrictEqual(names, this.#names)) {
        await this.parts.file.write(names);
        this.#know(names);
      }
      this.#generation.note(generation, now);
      await this.#listen();
      return { generation, needsAll: false };
    });
  }

  #know(names: readonly NetworkName[]): void {
    this.#names = names;
    const all = new Map<string, Map<string, string>>();
    for (const { network, name, address } of names) {
      const own = all.get(network) ?? new Map<string, string>();
      all.set(network, own);
      own.set(name.toLowerCase(), address);
    }
    this.#addresses = all;
  }

  /** One socket for each network that the host has. Never rejects: the next pass tries again. */
  async #listen(): Promise<void> {
    const wanted = new Map(this.parts.networks().map(({ name, vni }) => [namesAddress(vni), name]));
    for (const [address, socket] of this.#sockets) {
      if (wanted.has(address)) continue;
      this.#sockets.delete(address);
      socket.close();
    }
    const failures: string[] = [];
    for (const [address, network] of wanted) {
      if (this.#sockets.has(address)) continue;
      try {
        this.#sockets.set(address, await this.#open(address, network));
      } catch (error) {
        failures.push(messageOf(error));
      }
    }
    const reason = failures.join('; ');
    if (reason !== '' && reason !== this.#reported)
      this.parts.log.error({ reason }, 'names of containers do not resolve');
    this.#reported = reason;
  }

  async #open(address: string, network: string): Promise<Socket> {
    const socket = createSocket('udp4');
    socket.on('message', (message, { address: from, port }) => {
      const answer = answerTo(message, network, (name) => this.#addresses.get(network)?.get(name));
      // Who asked asks again.
      if (answer) socket.send(answer, port, from, () => undefined);
    });
    try {
      const listening = once(socket, 'listening');
      socket.bind(this.parts.port ?? namesPort, address);
      await listening;
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.on('error', (error) => this.parts.log.warn({ reason: error.message }, 'a socket for names'));
    return socket;
  }
}
