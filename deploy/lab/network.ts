// The network between the hosts of a lab: one bridge in a namespace of its own. The machine joins it as 10.X.0.1, and
// each host through one cable. Network failures are simulated here.
import { run, waitFor } from './processes.js';
import { runInNetwork } from './namespaces.js';

/** 64 labs, 10.64.0.0/16 to 10.127.0.0/16. */
export const subnet = (lab: number): string => `10.${64 + lab}`;

/** The address that a container of the image `tiny` takes: the last two bytes of its MAC, in the lab's subnet. */
export function containerAddress(lab: number, mac: string): string {
  const [b = 0, c = 0] = mac
    .split(':')
    .slice(4)
    .map((byte) => parseInt(byte, 16));
  return `${subnet(lab)}.${b === 0 ? 1 : b}.${c === 0 ? 1 : c === 255 ? 254 : c}`;
}

type Direction = 'in' | 'out';

// Dropping on the fabric's bridge rather than on a host also drops ARP, and survives a host's power failure.
const rules = `table bridge lab {
  set in { type ifname; }
  set out { type ifname; }
  set between { type ifname . ifname; }
  chain forward {
    type filter hook forward priority 0; policy accept;
    oifname @in drop
    iifname @out drop
    iifname . oifname @between drop
  }
}`;

export class Fabric {
  /** Both the namespace's name and the machine's interface into it. */
  readonly name: string;

  constructor(private readonly lab: number) {
    this.name = `copa-lab-${lab}`;
  }

  async create(): Promise<void> {
    await run(['ip', 'netns', 'add', this.name]);
    await run(['ip', '-batch', '-'], {
      input: `link add ${this.name} type veth peer name machine netns ${this.name}
        addr add ${subnet(this.lab)}.0.1/16 dev ${this.name}
        link set ${this.name} addrgenmode none
        link set ${this.name} up`,
    });
    // Without a delay and snooping, a bridge forwards a migrated container's first packets at once.
    await this.ip(`link add fabric type bridge forward_delay 0 mcast_snooping 0
      link set lo up
      link set fabric addrgenmode none
      link set fabric up
      link set machine addrgenmode none
      link set machine master fabric
      link set machine up`);
    await this.exec(['nft', '-f', '-'], rules);
  }

  /** Removes everything, hosts' cables included. Harmless when there is nothing. */
  async destroy(): Promise<void> {
    await run(['ip', 'link', 'del', this.name], { check: false });
    await run(['ip', 'netns', 'del', this.name], { check: false });
    const gone = async (): Promise<boolean> =>
      (await run(['ip', 'link', 'show', this.name], { check: false })).code !== 0;
    await waitFor(`${this.name} to go`, gone);
  }

  /** Runs lines of `ip -batch` in the fabric's namespace. */
  async ip(batch: string): Promise<void> {
    await run(['ip', '-n', this.name, '-batch', '-'], { input: batch });
  }

  /** Runs a command in the fabric's namespace. */
  async exec(argv: readonly string[], input = ''): Promise<void> {
    await run(['ip', 'netns', 'exec', this.name, ...argv], { input });
  }

  /** Adds to or removes from one of the three sets. Both may be repeated. */
  async drop(set: Direction | 'between', element: string, dropped: boolean): Promise<void> {
    // Deleting a missing element is an error, so it is added first.
    const words = `element bridge lab ${set} { ${element} }`;
    await this.exec(['nft', '-f', '-'], dropped ? `add ${words}` : `add ${words}\ndelete ${words}`);
  }
}

interface Wired {
  readonly name: string;
  readonly address: string;
  readonly index: number;
  /** The host's first process; undefined while it is powered off and has no cable. */
  readonly pid: number | undefined;
}

/** One host's cable into the fabric. Its faults survive the host's power failures. */
export class Link {
  #cut = false;
  #mbit: number | null = null;

  constructor(
    private readonly fabric: Fabric,
    private readonly host: Wired,
  ) {}

  /** Connects a host that has just been powered on. */
  async attach(): Promise<void> {
    const { name, address, index, pid } = this.host;
    if (pid === undefined) throw new Error(`${name} is powered off`);
    await this.fabric.ip(`link add ${name} type veth peer name uplink netns ${pid}
      link set ${name} addrgenmode none
      link set ${name} master fabric
      link set ${name} ${this.#cut ? 'down' : 'up'}`);
    // A fixed MAC. Otherwise a bridge takes its smallest port's MAC, which changes as containers come and go.
    const mac = `02:c0:fa:00:00:${(10 + index).toString(16).padStart(2, '0')}`;
    await runInNetwork(
      pid,
      ['ip', '-batch', '-'],
      `link add lab0 address ${mac} type bridge forward_delay 0 mcast_snooping 0
      link set lab0 addrgenmode none
      link set uplink addrgenmode none
      link set uplink master lab0
      link set uplink up
      addr add ${address}/16 dev lab0
      link set lab0 up`,
    );
    if (this.#mbit !== null) await this.rate(this.#mbit);
  }

  /** Waits until the fabric has no cable of this host. The cable disappears with the host's network namespace. */
  async detached(): Promise<void> {
    const probe = async (): Promise<boolean> =>
      (await run(['ip', '-n', this.fabric.name, 'link', 'show', this.host.name], { check: false })).code !==
      0;
    await waitFor(`the cable of ${this.host.name} to go`, probe);
  }

  /** Pulls the cable: both ends lose their carrier. */
  async cut(): Promise<void> {
    await this.#carry(false);
  }

  async heal(): Promise<void> {
    await this.#carry(true);
  }

  /** Silently drops one direction: `in` towards the host, `out` from it. */
  async pause(direction: Direction): Promise<void> {
    await this.fabric.drop(direction, this.host.name, true);
  }

  /** Ends `pause`, by default in both directions. */
  async resume(direction?: Direction): Promise<void> {
    for (const each of direction === undefined ? (['in', 'out'] as const) : [direction])
      await this.fabric.drop(each, this.host.name, false);
  }

  /** Silently drops traffic between two hosts and their containers. Both still reach the machine. */
  async between(other: string, dropped: boolean): Promise<void> {
    for (const pair of [`${this.host.name} . ${other}`, `${other} . ${this.host.name}`])
      await this.fabric.drop('between', pair, dropped);
  }

  /** Limits each direction to a number of Mbit/s (millions of bits, headers included); null for no limit. */
  async rate(mbit: number | null): Promise<void> {
    this.#mbit = mbit;
    if (this.host.pid === undefined) return;
    // The burst has to hold one packet before segmentation, 64 KiB; a rate of none is the default queue again.
    const limit = mbit === null ? 'noqueue' : `tbf rate ${mbit}mbit burst 128kb latency 100ms`;
    const shape = (device: string): string[] => `tc qdisc replace dev ${device} root ${limit}`.split(' ');
    await this.fabric.exec(shape(this.host.name));
    await runInNetwork(this.host.pid, shape('uplink'));
  }

  async #carry(up: boolean): Promise<void> {
    this.#cut = !up;
    if (this.host.pid !== undefined) await this.fabric.ip(`link set ${this.host.name} ${up ? 'up' : 'down'}`);
  }
}
