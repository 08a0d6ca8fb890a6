// A lab: real LXD hosts on this one machine, each in namespaces of its own, on one network with the machine. A lab
// removes everything that it created. The next lab removes what a killed owner left.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Cgroup } from './cgroups.js';
import {
  claim,
  detach,
  isLeftover,
  labDirectory,
  labs,
  release,
  sweepDirectories,
  takeOver,
} from './claims.js';
import { daemonNames, daemonObstacle, daemons, usualDaemon, type DaemonName } from './daemons.js';
import { agentPort, Host } from './host.js';
import { tinyImage } from './image.js';
import { containerAddress, Fabric, subnet } from './network.js';
import { run } from './processes.js';
import type { Driver, Storage } from './storage.js';

export interface LabOptions {
  /** 2 by default. */
  readonly hosts?: number;
  /** One driver for all hosts, or one for each; `dir` by default. */
  readonly storage?: Driver | readonly Driver[];
  /** One daemon for all hosts, or one for each; `usualDaemon` by default. Beside LXD, Incus needs deploy/lab/incus.sh. */
  readonly daemon?: DaemonName | readonly DaemonName[];
  /** Gives each storage pool a file system of this size; needed by `fillDisk` on `dir`. At least 128. */
  readonly storageSizeMiB?: number;
  /** Imports the image `tiny`; true by default. */
  readonly image?: boolean;
  /** The name that finds the lab again; `labN` by default. */
  readonly name?: string;
  /**
   * Gives each host its own range of user ids, so that what moves between them has to be remapped on disk;
   * by default all have the same, as machines have that never changed it.
   */
  readonly ownIds?: boolean;
  /** The lab continues when this process ends. */
  readonly detached?: boolean;
  /** The command line of a host's agent; COPA's own by default (see `program`). */
  readonly agentCommand?: (host: Host) => string[];
}

const record = z.object({
  name: z.string(),
  hosts: z.array(
    z.object({
      driver: z.enum(['dir', 'btrfs']),
      sizeMiB: z.number().optional(),
      daemon: z.enum(daemonNames),
    }),
  ),
});

export class Lab {
  readonly hosts: readonly Host[];
  /** The machine's own address in the lab's network, where hosts and containers reach a controller. */
  readonly address: string;
  readonly directory: string;
  readonly #fabric: Fabric;

  private constructor(
    /** 0 to 63. */
    readonly index: number,
    readonly name: string,
    hosts: readonly HostKind[],
    options: Pick<LabOptions, 'detached' | 'ownIds' | 'agentCommand'>,
  ) {
    this.address = `${subnet(index)}.0.1`;
    this.directory = labDirectory(index);
    this.#fabric = new Fabric(index);
    const shared = {
      lab: index,
      outlive: options.detached ?? false,
      ownIds: options.ownIds ?? false,
      agentCommand: options.agentCommand ?? defaultAgentCommand,
    };
    this.hosts = hosts.map(({ daemon, ...storage }, at) => {
      const directory = join(this.directory, 'hosts', `server${at + 1}`);
      return new Host({ ...shared, index: at + 1, directory, storage, daemon }, this.#fabric);
    });
  }

  /** The reason why no lab can run here, or undefined. */
  static async obstacle(): Promise<string | undefined> {
    if (process.getuid?.() !== 0) return 'not root';
    const needed = 'flock rsync ip tc nft mkfs.btrfs mkfs.ext4 busybox setpriv unshare nsenter';
    const search = `for name in ${needed}; do command -v $name >/dev/null || echo $name; done`;
    const missing = (await run(['sh', '-c', search])).stdout.trim().split('\n').join(', ');
    if (missing !== '') return `missing: ${missing}`;
    const withoutDaemon = daemonObstacle(usualDaemon);
    if (withoutDaemon !== undefined) return withoutDaemon;
    const allowed = await run(['unshare', '--mount', '--net', '--pid', '--fork', 'true'], { check: false });
    return allowed.code === 0 ? undefined : 'no right to make namespaces';
  }

  /**
   * Starts a lab after removing what dead labs left. Hosts are called server1, server2 and so on.
   * @throws Error when something cannot be created; everything is then removed.
   */
  static async up(options: LabOptions = {}): Promise<Lab> {
    const obstacle = await Lab.obstacle();
    if (obstacle !== undefined) throw new Error(`No lab can run here: ${obstacle}`);
    await Lab.sweep();
    const index = claim();
    const hosts = hostKinds(options);
    const lab = new Lab(index, options.name ?? `lab${index}`, hosts, options);
    try {
      writeFileSync(join(lab.directory, 'lab.json'), JSON.stringify({ name: lab.name, hosts }));
      const [image] = await Promise.all([
        options.image === false ? undefined : tinyImage(subnet(index)),
        lab.#fabric.create(),
      ]);
      await Promise.all(lab.hosts.map((host) => host.create(image)));
      if (options.detached) detach(index);
      return lab;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  /** The running labs, for a process that did not start them. */
  static list(): Lab[] {
    return labs().flatMap((index) => {
      const file = join(labDirectory(index), 'lab.json');
      if (isLeftover(index) || !existsSync(file)) return [];
      const { name, hosts } = record.parse(JSON.parse(readFileSync(file, 'utf8')));
      const kinds = hosts.map(({ sizeMiB, ...kind }) =>
        sizeMiB === undefined ? kind : { ...kind, sizeMiB },
      );
      return [new Lab(index, name, kinds, { detached: true })];
    });
  }

  /** Removes labs whose owner is dead. */
  static async sweep(): Promise<void> {
    await sweepDirectories();
    for (const index of labs()) if (isLeftover(index) && takeOver(index)) await destroy(index);
  }

  /** The host of this name, as in `server1`. */
  host(name: string): Host {
    const host = this.hosts.find((each) => each.name === name);
    if (host === undefined) throw new Error(`${this.name} has no host ${name}`);
    return host;
  }

  /** The address that a container of the image `tiny` with this MAC has, on whichever host. */
  containerAddress(mac: string): string {
    return containerAddress(this.index, mac);
  }

  /** Cuts two hosts off from each other. The machine still reaches both, and they reach it. */
  async partition(one: Host, other: Host): Promise<void> {
    await one.link.between(other.name, true);
  }

  async healPartition(one: Host, other: Host): Promise<void> {
    await one.link.between(other.name, false);
  }

  /** Kills every process of the lab and removes everything that it created. Harmless when it is down already. */
  async down(): Promise<void> {
    if (takeOver(this.index)) await destroy(this.index);
  }
}

async function destroy(index: number): Promise<void> {
  const fabric = new Fabric(index);
  await Promise.all(Cgroup.withPrefix(`${fabric.name}-`).map((group) => group.destroy()));
  await fabric.destroy();
  await release(index);
}

type HostKind = Storage & { readonly daemon: DaemonName };

function hostKinds({
  hosts = 2,
  storage = 'dir',
  daemon = usualDaemon,
  storageSizeMiB,
}: LabOptions): HostKind[] {
  return Array.from({ length: hosts }, (_, at) => {
    const driver = typeof storage === 'string' ? storage : storage[at];
    if (driver === undefined) throw new Error(`No storage is given for host ${at + 1}`);
    const name = typeof daemon === 'string' ? daemon : daemon[at];
    if (name === undefined) throw new Error(`No daemon is given for host ${at + 1}`);
    return { driver, daemon: name, ...(storageSizeMiB === undefined ? {} : { sizeMiB: storageSizeMiB }) };
  });
}

/** COPA's own agent. */
export function defaultAgentCommand(host: Host): string[] {
  const listen = ['--listen', `${host.address}:${agentPort}`];
  const identity = ['--identity', join(host.directory, 'identity')];
  // The agent finds LXD from the snap by itself. Other hosts also see a daemon that this machine may have.
  const socket = host.daemon === daemons.snap ? [] : ['--socket', host.lxdSocketInside];
  // Resources of the tests' containers: a device of the host, and hooks that fail on request.
  const allow = ['--allow-privileges', 'lowlevel,devices'];
  return [process.execPath, program(), 'agent', ...listen, ...identity, ...socket, ...allow];
}

/** COPA's program: of the build that this file is part of, or from source the one in dist/. */
export function program(): string {
  const built = import.meta.url.endsWith('.js');
  return built
    ? fileURLToPath(new URL('../../cli/main.js', import.meta.url))
    : join(repository(), 'dist/cli/main.js');
}

/** The directory of package.json, whether this file runs from test/ or from dist/test/. */
function repository(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}
