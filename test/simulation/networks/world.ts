// Hosts in one network, with the real controllers and agents over models: a store whose watches are late and whose replies
// get lost, hosts in memory, containers as they are. Everything in virtual time, from a seed.
import { pino } from 'pino';
import { checkNetworks } from '../../../agent/networks/desired.js';
import { NetworkReconciler } from '../../../agent/networks/reconciler.js';
import type { NetworkState } from '../../../agent/networks/state-file.js';
import type { Clock } from '../../../common/async/clock.js';
import { CopaError } from '../../../common/errors.js';
import type { AgentCaller } from '../../../controller/hosts/methods.js';
import type { ContainerInterface } from '../../../controller/model/container.js';
import { Networks } from '../../../controller/networks/networks.js';
import { keys } from '../../../controller/store/keys.js';
import type { Change } from '../../../controller/store/entry.js';
import type { Transaction } from '../../../controller/store/transaction.js';
import type { WatchHandlers } from '../../../controller/store/watch.js';
import type { Random } from '../../chaos/random.js';
import { MemoryKeys } from '../../support/fakes/memory-keys.js';
import { NetworkHost } from '../../support/fakes/network-host.js';
import { MemoryStore } from '../../support/memory-store.js';

const log = pino({ level: 'silent' });
export const networkName = 'lan';

export interface Container {
  readonly id: number;
  readonly name: string;
  host: string;
  nic: ContainerInterface;
  isRunning: boolean;
  /** A migration holds it. */
  isMarked: boolean;
}

export interface Settings {
  readonly hosts: number;
  readonly controllers: number;
  /** Of the transactions whose reply is lost. */
  readonly lostReplies: number;
  /** Rounds of the event loop until a watch shows a change. */
  readonly watchLag: number;
  /** A fault that has to be found. */
  readonly planted?: 'a host that is down is taken for one without containers' | 'entries stay';
}

/** One process of an agent after the other, on one host. */
class SimulatedAgent {
  #state: NetworkState = { networks: [], made: [] };
  #reconciler: NetworkReconciler;
  readonly #keys = new MemoryKeys();
  #rounds: (() => void)[] = [];

  constructor(
    readonly host: NetworkHost,
    private readonly clock: Clock,
    private readonly planted: Settings['planted'],
  ) {
    this.#reconciler = this.#fresh();
  }

  #fresh(): NetworkReconciler {
    this.#rounds = [];
    const { host, clock } = this;
    return new NetworkReconciler({
      ...{
        run: this.planted === 'entries stay' ? forgetful(host) : host.run,
        lxd: host.lxd,
        keys: this.#keys,
        log,
      },
      clock: { ...clock, every: (_, work) => (this.#rounds.push(work), () => undefined) },
      file: {
        read: () => Promise.resolve({ ...this.#state, refused: [] }),
        write: (next) => Promise.resolve(void (this.#state = next)),
      },
    });
  }

  async restart(): Promise<void> {
    this.#reconciler = this.#fresh();
    await this.#reconciler.start();
    await this.#reconciler.close();
  }

  /** The look every five seconds. */
  async look(): Promise<void> {
    for (const round of this.#rounds) round();
    await this.#reconciler.close();
  }

  readonly call = (_: string, { networks, generation, checkOnly }: Asked) =>
    checkOnly
      ? this.#reconciler.check(checkNetworks(networks))
      : this.#reconciler.apply(networks, generation ?? 0);
}

interface Asked {
  readonly networks: unknown;
  readonly generation?: number;
  readonly checkOnly?: boolean;
}

/** Removals of entries do nothing. */
function forgetful(host: NetworkHost): NetworkHost['run'] {
  return (program, args, input = '') =>
    host.run(
      program,
      args,
      input
        .split('\n')
        .filter((line) => !/^(?:fdb|neigh) del/.test(line))
        .join('\n'),
    );
}

export class NetworkWorld {
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  readonly store = new MemoryStore();
  readonly agents = new Map<string, SimulatedAgent>();
  readonly containers = new Map<number, Container>();
  readonly down = new Set<string>();
  /** What a host last showed, while it is down. */
  readonly #lastSeen = new Map<string, readonly Container[]>();
  readonly controllers: (Networks | undefined)[] = [];
  readonly violations: string[] = [];
  #ids = 0;
  readonly clock: Clock;

  constructor(
    readonly settings: Settings,
    readonly random: Random,
  ) {
    this.clock = {
      now: () => this.nowMs,
      delay: async () => turns(20),
      after: () => () => undefined,
      every: () => () => undefined,
    };
    for (let at = 1; at <= settings.hosts; at++) {
      const host = new NetworkHost(`192.0.2.${at}`);
      this.agents.set(`host${at}`, new SimulatedAgent(host, this.clock, settings.planted));
      this.store.put(keys.pool(`host${at}`), { name: `host${at}` });
    }
    for (let at = 0; at < settings.controllers; at++) this.startController(at);
  }

  get hostNames(): readonly string[] {
    return [...this.agents.keys()];
  }

  get living(): readonly Networks[] {
    return this.controllers.filter((each) => each !== undefined);
  }

  startController(at: number): void {
    const { random, store } = this;
    const networks = new Networks({
      ...{ log, clock: this.clock, emit: () => undefined, random: () => random.next() },
      store: {
        get: (key: string) => store.get(key),
        watch: (prefix: string, handlers: WatchHandlers) => this.#lateWatch(prefix, handlers),
        transact: (transaction: Transaction) => this.#transact(transaction),
      } as never,
      inventory: {
        all: () => this.hostNames.map((name) => this.#stateOf(name)),
        get: (name: string) => (this.agents.has(name) ? this.#stateOf(name) : undefined),
      } as never,
      host: (name) => this.#callerOf(name),
    });
    networks.start();
    this.controllers[at] = networks;
  }

  killController(at: number): void {
    this.controllers[at] = undefined;
  }

  turnOff(host: string): void {
    this.#lastSeen.set(
      host,
      this.#on(host).map((container) => ({ ...container })),
    );
    this.down.add(host);
  }

  async turnOn(host: string): Promise<void> {
    this.down.delete(host);
    await this.agents.get(host)?.restart();
    for (const each of this.living) each.noteEvent({ type: 'pool.up', pool: host } as never);
  }

  /** A new container has this address: nobody else may have it. */
  add(host: string, name: string, nic: ContainerInterface): void {
    for (const other of this.containers.values())
      if (other.nic.address === nic.address)
        this.violations.push(
          `${nic.address} is given to ${name} while ${other.name} on ${other.host} has it`,
        );
    const id = ++this.#ids;
    this.containers.set(id, { id, name, host, nic, isRunning: true, isMarked: false });
  }

  /** Some time, with the rounds of controllers and the looks of agents. */
  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    for (const each of this.living) await each.round();
    await turns(this.settings.watchLag + 2);
    for (const [name, agent] of this.agents) if (!this.down.has(name)) await agent.look();
    for (const each of this.living) await each.settle(1_000);
    await turns(this.settings.watchLag + 2);
  }

  #on(host: string): readonly Container[] {
    return [...this.containers.values()].filter((container) => container.host === host);
  }

  #stateOf(name: string) {
    const isDown = this.down.has(name);
    const hidden =
      isDown && this.settings.planted === 'a host that is down is taken for one without containers';
    const shown = hidden ? [] : isDown ? (this.#lastSeen.get(name) ?? []) : this.#on(name);
    const interfaces = new Map(shown.map((each) => [each.name, [each.nic]]));
    const lines = new Map(
      shown.map(({ name: container, isRunning, isMarked }) => [
        container,
        { status: isRunning ? 'Running' : 'Stopped', isMarked },
      ]),
    );
    return {
      name,
      address: `192.0.2.${name.slice(4)}`,
      state: isDown && !hidden ? 'down' : 'up',
      containers: { interfaces, get: (container: string) => lines.get(container) },
    };
  }

  #callerOf(name: string): AgentCaller {
    const call = async (method: string, request: Asked) => {
      await turns(Math.floor(this.random.next() * 3));
      if (this.down.has(name)) throw new CopaError('unavailable', 'it is down');
      if (method !== 'ApplyNetworks') return { generation: request.generation ?? 0, findings: [] };
      return this.agents.get(name)?.call(method, request);
    };
    return { call } as unknown as AgentCaller;
  }

  async #transact(transaction: Transaction) {
    const done = await this.store.transact(transaction);
    if (this.random.next() < this.settings.lostReplies)
      throw new CopaError('unavailable', 'the reply is lost');
    return done;
  }

  /** Its changes come in order, and late. */
  #lateWatch(prefix: string, handlers: WatchHandlers) {
    let last = Promise.resolve();
    const later = (work: () => void) => {
      const lag = Math.floor(this.random.next() * (this.settings.watchLag + 1));
      last = last.then(async () => {
        await turns(lag);
        work();
      });
    };
    const entries = this.store.keys().flatMap((key) => {
      const entry = this.store.entry(key);
      return entry && key.startsWith(prefix) ? [entry] : [];
    });
    const { revision } = this.store;
    later(() => handlers.onReset(entries, revision));
    let newest: Change[] = [];
    this.store.watch(prefix, {
      onReset: () => undefined,
      onEvent: (change) => {
        // The changes of a transaction come together.
        if (newest.at(-1)?.revision === change.revision) {
          newest.push(change);
          return;
        }
        const batch = (newest = [change]);
        later(() => batch.forEach((each) => handlers.onEvent(each)));
      },
    });
    return { close: () => Promise.resolve() };
  }
}

export async function turns(count: number): Promise<void> {
  for (let at = 0; at < count; at++) await new Promise(setImmediate);
}
