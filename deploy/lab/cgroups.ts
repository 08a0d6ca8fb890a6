// One control group per host, in every hierarchy (version 1, 2 or both), as the root of all that runs on it. It
// serves three purposes: containers of one name on two hosts do not collide, every process of a host can be found and
// killed even when its starter is gone, and a whole host can be frozen.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signalPid, waitFor } from './processes.js';

interface Hierarchy {
  readonly path: string;
  readonly type: 'cgroup' | 'cgroup2';
  /** What `mount -o` needs to mount it again. */
  readonly options: string;
}

/** All processes of a host live here rather than above: version 2 wants processes in leaves only. */
const leaf = 'init.scope';

function hierarchies(): Hierarchy[] {
  const known = new Set(readFileSync('/proc/cgroups', 'utf8').match(/^\w+/gm));
  const found: Hierarchy[] = [];
  for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
    const [, path = '', type, options = ''] = line.split(' ');
    if (!path.startsWith('/sys/fs/cgroup')) continue;
    if (type === 'cgroup2') found.push({ path, type, options: '' });
    if (type !== 'cgroup') continue;
    const words = options.split(',').filter((word) => known.has(word) || word.startsWith('name='));
    if (words.some((word) => word.startsWith('name='))) words.unshift('none');
    found.push({ path, type, options: words.join(',') });
  }
  return found;
}

export class Cgroup {
  /** @param name Unique on the machine; begins with its lab's prefix. */
  constructor(readonly name: string) {}

  /** Every group with this prefix, whoever created it. */
  static withPrefix(prefix: string): Cgroup[] {
    const names = hierarchies().flatMap(({ path }) =>
      readdirSync(path).filter((name) => name.startsWith(prefix)),
    );
    return [...new Set(names)].map((name) => new Cgroup(name));
  }

  create(): void {
    for (const { path, type, options } of hierarchies()) {
      const group = join(path, this.name);
      mkdirSync(type === 'cgroup2' ? join(group, leaf) : group, { recursive: true });
      if (type === 'cgroup' && options.split(',').includes('cpuset'))
        for (const file of ['cpuset.cpus', 'cpuset.mems'])
          writeFileSync(join(group, file), readFileSync(join(path, file), 'utf8'));
    }
  }

  /** The directories to join before a control group namespace is created: they become its root. */
  roots(): string[] {
    return hierarchies().map(({ path }) => join(path, this.name));
  }

  /** The directories that later processes of the host join, as seen inside. */
  leavesInside(): string[] {
    return hierarchies().map(({ path, type }) => (type === 'cgroup2' ? join(path, leaf) : path));
  }

  /** Moves the first processes from the root to the leaf and lets the root's children have controllers. */
  settle(): void {
    for (const { path, type } of hierarchies()) {
      if (type !== 'cgroup2') continue;
      const group = join(path, this.name);
      for (const pid of lines(join(group, 'cgroup.procs')))
        writeFileSync(join(group, leaf, 'cgroup.procs'), pid);
      const controllers = readFileSync(join(group, 'cgroup.controllers'), 'utf8')
        .trim()
        .split(' ')
        .filter(Boolean);
      for (const name of controllers) writeFileSync(join(group, 'cgroup.subtree_control'), `+${name}`);
    }
  }

  /** Mount commands, one per line, for /sys/fs/cgroup as seen from inside the namespace. */
  mountScript(): string {
    const all = hierarchies();
    const top = all.some(({ path }) => path === '/sys/fs/cgroup')
      ? []
      : ['mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup'];
    return [
      ...top,
      ...all.flatMap(({ path, type, options }) => [
        `mkdir -p ${path}`,
        `mount -t ${type} ${options === '' ? '' : `-o ${options}`} cgroup ${path}`,
      ]),
    ].join('\n');
  }

  /** Freezes or thaws every process of the host at once, like a machine that hangs. */
  freeze(frozen: boolean): void {
    for (const { path } of hierarchies()) {
      const old = join(path, this.name, 'freezer.state');
      const group = existsSync(old) ? old : join(path, this.name, 'cgroup.freeze');
      if (!existsSync(group)) continue;
      writeFileSync(group, group === old ? (frozen ? 'FROZEN' : 'THAWED') : frozen ? '1' : '0');
      return;
    }
  }

  /** Thaws what is frozen at any depth. A container that LXD froze stays frozen when the host is thawed. */
  #thawAll(): void {
    for (const group of this.roots().flatMap((path) => tree(path)))
      for (const [file, thawed] of [
        ['freezer.state', 'THAWED'],
        ['cgroup.freeze', '0'],
      ] as const) {
        const path = join(group, file);
        if (existsSync(path)) writeFileSync(path, thawed);
      }
  }

  /** The PIDs of all processes in the group and below, in any hierarchy. */
  processes(): number[] {
    const all = this.roots().flatMap((path) =>
      tree(path).flatMap((group) => lines(join(group, 'cgroup.procs'))),
    );
    return [...new Set(all)].map(Number).filter((pid) => pid > 0);
  }

  /** The names of the containers with a living process, from the kernel and not from a daemon. */
  containers(): string[] {
    const [path = ''] = this.roots();
    return directories(path).flatMap((name) => {
      // LXC appends a number when the group of an earlier life is still there.
      const container = /^lxc\.payload\.(.+?)(-\d+)?$/.exec(name)?.[1];
      const alive = tree(join(path, name)).some((group) => lines(join(group, 'cgroup.procs')).length > 0);
      return container !== undefined && alive ? [container] : [];
    });
  }

  /** Kills everything inside, frozen or not, and removes the group. Harmless when it is gone already. */
  async destroy(timeoutMs = 20_000): Promise<void> {
    await waitFor(
      `the processes of ${this.name} to end`,
      () => {
        const left = this.processes();
        for (const pid of left) signalPid(pid, 'SIGKILL');
        // A frozen process with a pending kill dies when it is thawed, before it can do anything else.
        if (left.length > 0) this.#thawAll();
        return left.length === 0;
      },
      timeoutMs,
    );
    await waitFor(
      `the control group ${this.name} to go`,
      () => this.roots().every((path) => removeTree(path)),
      timeoutMs,
    );
  }
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return []; // Gone meanwhile.
  }
}

/** The group and all below it, deepest last; nothing when it is gone. */
function tree(path: string): string[] {
  if (!existsSync(path)) return [];
  return [path, ...directories(path).flatMap((name) => tree(join(path, name)))];
}

function directories(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return []; // Gone meanwhile.
  }
}

function removeTree(path: string): boolean {
  for (const group of tree(path).reverse())
    try {
      rmdirSync(group);
    } catch {
      return false; // Busy for a moment after its last process.
    }
  return true;
}
