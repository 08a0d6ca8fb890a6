// What happens to a network and its containers in one history: drawn from a seed, executed, and judged when all is well.
import { macOf, tunnelOf } from '../../../common/net/networks.js';
import type { Networks } from '../../../controller/networks/networks.js';
import { keys } from '../../../controller/store/keys.js';
import { Random } from '../../chaos/random.js';
import { networkName, NetworkWorld, turns, type Container, type Settings } from './world.js';

const steps = {
  create: 8,
  'create, and the controller dies': 1,
  attach: 2,
  detach: 1,
  delete: 3,
  move: 5,
  'move that goes back': 2,
  'move by hand': 2,
  'stop or start': 2,
  'a controller dies': 1,
  'a controller starts': 2,
  'an agent restarts': 1,
  'a host goes off': 3,
  'a host comes on': 1,
  'an entry is falsified': 1,
  'a table is emptied': 1,
  'time passes': 5,
} as const;

type Step = keyof typeof steps;

const draws = Object.entries(steps).flatMap(([step, weight]) => Array<Step>(weight).fill(step as Step));

export interface Outcome {
  readonly events: readonly string[];
  readonly violations: readonly string[];
}

/** Runs the history of a seed. */
export async function runNetworkHistory(seed: number, planted?: Settings['planted']): Promise<Outcome> {
  const random = new Random(seed);
  const world = new NetworkWorld(
    {
      hosts: 2 + Math.floor(random.next() * 2),
      controllers: 1 + Math.floor(random.next() * 2),
      lostReplies: random.pick([0, 0, 0.1]),
      watchLag: random.pick([0, 1, 4]),
      ...(planted === undefined ? {} : { planted }),
    },
    random,
  );
  const history = new NetworkHistory(world);
  await history.begin();
  // A planted fault is found sooner in long ones.
  const count = 5 + Math.floor(random.next() * (planted === undefined ? 20 : 60));
  for (let at = 0; at < count; at++) await history.step(random.pick(draws));
  await history.end();
  return { events: history.events, violations: world.violations };
}

class NetworkHistory {
  readonly events: string[] = [];
  #names = 0;

  constructor(private readonly world: NetworkWorld) {}

  async begin(): Promise<void> {
    for (const agent of this.world.agents.values()) await agent.restart();
    await turns(10);
    for (let tries = 0; tries < 20 && !this.world.store.entry(keys.network(networkName)); tries++)
      await this.#tolerant(() =>
        this.#controller?.membership.create({ name: networkName, pools: 'all', subnet: '10.50.0.0/27' }),
      );
    await this.world.pass(500);
    await this.world.pass(500);
  }

  async step(step: Step): Promise<void> {
    const { world } = this;
    const { random } = world;
    const container = this.#any();
    const up = world.hostNames.filter((host) => !world.down.has(host));
    const host = up.length === 0 ? undefined : random.pick(up);
    this.events.push(`${step}: ${container ? `${container.host}:${container.name}` : ''} ${host ?? ''}`);
    await this.#do(step, container, host);
    await turns(Math.floor(random.next() * 4));
  }

  async #do(step: Step, container: Container | undefined, host: string | undefined): Promise<void> {
    const { world } = this;
    const { random } = world;
    if (step === 'time passes') {
      await world.pass(500);
      return world.pass(random.pick([500, 6_000]));
    }
    const [off] = world.down;
    const free = world.controllers.indexOf(undefined);
    if (step === 'a host comes on' && off !== undefined) await world.turnOn(off);
    if (step === 'a controller starts' && free >= 0) world.startController(free);
    if (step === 'a controller dies')
      world.killController(Math.floor(random.next() * world.controllers.length));
    if (host === undefined) return;
    if (step === 'create' || step === 'attach') await this.#create(host, true);
    if (step === 'create, and the controller dies') await this.#create(host, false);
    if (step === 'an agent restarts') await world.agents.get(host)?.restart();
    if (step === 'a host goes off') world.turnOff(host);
    if (step === 'an entry is falsified' || step === 'a table is emptied') this.#disturb(step, host);
    if (container && !world.down.has(container.host)) await this.#change(step, container, host);
  }

  async #change(step: Step, container: Container, host: string): Promise<void> {
    const { containers } = this.world;
    if (step === 'stop or start') container.isRunning = !container.isRunning;
    if (step === 'delete') containers.delete(container.id);
    if (step === 'move by hand') container.host = host;
    if (step === 'detach') {
      containers.delete(container.id);
      await this.#tolerant(() => this.#controller?.addresses.release(container.nic));
    }
    if (step === 'move' || step === 'move that goes back') await this.#move(container, host, step === 'move');
  }

  /** As containers are created: the address first. A container that does not come to be gives it back, or nobody does. */
  async #create(host: string, isWhole: boolean): Promise<void> {
    const { world } = this;
    const controller = this.#controller;
    const name = `c${++this.#names}`;
    const nic = await this.#tolerant(() =>
      controller?.addresses.reserve({ host, name }, { network: networkName }),
    );
    if (!nic || !controller) return;
    if (!isWhole) world.killController(world.controllers.indexOf(controller));
    else if (world.random.next() < 0.2) await this.#tolerant(() => controller.addresses.release(nic));
    else world.add(host, name, nic);
  }

  /** As a migration does it, whose marks keep other hands off the address. */
  async #move(container: Container, to: string, succeeds: boolean): Promise<void> {
    const { world } = this;
    const from = container.host;
    if (from === to) return;
    const places = [keys.busy(from, container.name), keys.busy(to, container.name)];
    for (const place of places) world.store.put(place, {});
    container.isMarked = true;
    container.isRunning = false;
    const point = (a: string, b: string) =>
      this.#tolerant(() =>
        this.#controller?.point({ host: a, name: container.name }, { host: b, name: container.name }),
      );
    await point(from, to);
    await this.world.pass(200);
    if (succeeds) container.host = to;
    else await point(to, from);
    container.isRunning = true;
    container.isMarked = false;
    for (const place of places) world.store.remove(place);
  }

  #disturb(step: Step, host: string): void {
    const { world } = this;
    const vni = this.#vni;
    const there = vni === undefined ? undefined : world.agents.get(host)?.host;
    const entries = vni === undefined ? undefined : there?.forwarding.get(tunnelOf(vni));
    if (!there || !entries || vni === undefined) return;
    if (step === 'a table is emptied') entries.splice(0);
    else entries.push({ mac: '02:00:00:00:00:01', dst: '192.0.2.9' });
  }

  /** Everything is well again: then each host has exactly what it is to have. */
  async end(): Promise<void> {
    const { world } = this;
    for (const host of [...world.down]) await world.turnOn(host);
    for (const [at, each] of world.controllers.entries()) if (!each) world.startController(at);
    await turns(20);
    // Longer than an address is reserved for a container that did not come to be.
    for (const ms of [1_000, 6_000, 30 * 60_000, 1_000, 6_000, 1_000, 1_000]) await world.pass(ms);
    this.#judge();
  }

  #judge(): void {
    const { world } = this;
    const vni = this.#vni;
    if (vni === undefined) {
      world.violations.push('there is no network at the end');
      return;
    }
    const truth = [...world.containers.values()].map(
      ({ nic, host }) => [nic.mac, `192.0.2.${host.slice(4)}`] as const,
    );
    const hostMacs = world.living[0]?.book
      .hosts(networkName)
      .map(({ address, record }) => [macOf(address), record.underlay] as const);
    for (const [name, { host }] of world.agents) {
      const own = `192.0.2.${name.slice(4)}`;
      const wanted = [...truth, ...(hostMacs ?? [])]
        .filter(([, at]) => at !== own)
        .map(([mac, at]) => `${mac} ${at}`);
      const has = (host.forwarding.get(tunnelOf(vni)) ?? []).flatMap(({ mac, dst }) =>
        dst === undefined ? [] : [`${mac} ${dst}`],
      );
      this.#compare(name, wanted, has);
    }
    const leases = world.living[0]?.book.containers(networkName).map(({ address }) => address) ?? [];
    this.#compare(
      'the store',
      [...world.containers.values()].map(({ nic }) => nic.address),
      leases,
    );
  }

  #compare(where: string, wanted: readonly string[], has: readonly string[]): void {
    const { violations } = this.world;
    for (const entry of has)
      if (!wanted.includes(entry)) violations.push(`${where} keeps the dead entry ${entry}`);
    for (const entry of wanted) if (!has.includes(entry)) violations.push(`${where} lacks ${entry}`);
  }

  get #vni(): number | undefined {
    return this.world.living[0]?.book.network(networkName)?.value.vni;
  }

  get #controller(): Networks | undefined {
    const { living, random } = this.world;
    return living.length === 0 ? undefined : random.pick(living);
  }

  #any(): Container | undefined {
    const all = [...this.world.containers.values()];
    return all.length === 0 ? undefined : this.world.random.pick(all);
  }

  /** A lost reply or a refusal is a part of life. */
  async #tolerant<Result>(work: () => Promise<Result> | undefined): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.events.push(`  refused: ${String(error)}`);
      return undefined;
    }
  }
}
