/**
 * The root directory through which this process reaches the daemon's files.
 *
 * A daemon can have mounts of its own. LXD from the snap mounts its storage in the snap's mount namespace, and nobody
 * else on the host sees it there. The kernel shows the whole view of a process below `/proc/PID/root` (proc(5)) to
 * every process that may inspect it (CAP_SYS_PTRACE). No process has to enter the namespace, so the tools of the host
 * work on the daemon's files. See docs/adr/0020-files-through-the-daemons-process.md for what was ruled out.
 *
 * The daemon reports its PID itself (`server_pid`). It is used only if that process holds the daemon's socket: a PID of
 * another PID namespace would lead to somebody else's files. A daemon that restarts has another PID. Every use of the
 * root checks that the process is still the same one.
 */
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { messageOf } from '../../common/errors.js';

export interface DaemonRoot {
  /** What has to precede a path of the daemon's. Empty if the daemon sees the host's own files. */
  readonly prefix: string;
  /** The process whose mounts the daemon sees. */
  readonly process: string;
  /** The reason why the daemon's own mounts are not reachable. The prefix is then empty. */
  readonly problem?: string;
}

/** The first process of the host has the host's own mounts. This process may be in a mount namespace of its own. */
const hostProcess = '1';

export const hostRoot: DaemonRoot = { prefix: '', process: hostProcess };

/** Finds the root of one daemon, and finds it again after the daemon has restarted. */
export class DaemonRootFinder {
  #known: { readonly pid: number; readonly startedAt: string; readonly root: DaemonRoot } | undefined;
  #search: Promise<DaemonRoot> | undefined;

  constructor(
    private readonly socketPath: string,
    /** The PID that the daemon reports, or undefined when it reports none. Throws when the daemon does not answer. */
    private readonly serverPid: () => Promise<number | undefined>,
  ) {}

  /** Throws only when the daemon does not answer. */
  async find(): Promise<DaemonRoot> {
    const known = this.#known;
    if (known && (await startOf(known.pid)) === known.startedAt) return known.root;
    this.#search ??= this.#find().finally(() => (this.#search = undefined));
    return this.#search;
  }

  async #find(): Promise<DaemonRoot> {
    const pid = await this.serverPid();
    if (pid === undefined) return withProblem('the daemon does not report its PID');
    const startedAt = await startOf(pid);
    if (startedAt === undefined) {
      return withProblem(`the daemon reports the PID ${pid}, which this process does not see`);
    }
    const root = await this.#rootOf(pid);
    this.#known = { pid, startedAt, root };
    return root;
  }

  async #rootOf(pid: number): Promise<DaemonRoot> {
    try {
      if (await seesSameFiles(pid)) return hostRoot;
      if (await holdsSocket(pid, this.socketPath)) {
        return { prefix: `/proc/${pid}/root`, process: String(pid) };
      }
      return withProblem(`process ${pid}, which the daemon reports to be, does not hold ${this.socketPath}`);
    } catch (error) {
      return withProblem(
        `the mounts of the daemon (process ${pid}) cannot be seen, which requires CAP_SYS_PTRACE: ${messageOf(error)}`,
      );
    }
  }
}

/** The mounts that the daemon sees, in the format of `mountinfo` (proc(5)). */
export function readMountInfo({ process }: DaemonRoot): Promise<string> {
  const read = (each: string) => readFile(`/proc/${each}/mountinfo`, 'utf8');
  // A process that may not read the host's own table reads its own, which shows the host's mounts unless it is
  // isolated.
  return process === hostProcess ? read(hostProcess).catch(() => read('self')) : read(process);
}

/** The inodes of the listening sockets at one of these paths, in a `/proc/net/unix` text. */
export function listeningSockets(table: string, paths: readonly string[]): ReadonlySet<string> {
  const acceptsConnections = 0x10000;
  return new Set(
    table.split('\n').flatMap((line) => {
      const [, flags = '', inode = '', path = ''] =
        /^\S+: \S+ \S+ (\S+) \S+ \S+ +(\d+)(?: (.*))?$/.exec(line) ?? [];
      const listens = (parseInt(flags, 16) & acceptsConnections) !== 0;
      return listens && paths.includes(path) ? [inode] : [];
    }),
  );
}

function withProblem(problem: string): DaemonRoot {
  return { ...hostRoot, problem };
}

/** Whether a process has the root directory and the mounts of this host or of this process. */
async function seesSameFiles(pid: number): Promise<boolean> {
  const viewOf = async (process: string) =>
    (await Promise.all([readlink(`/proc/${process}/ns/mnt`), readlink(`/proc/${process}/root`)])).join(' ');
  const theirs = await viewOf(String(pid));
  // In a container that shares the host's PIDs, the first process is out of reach.
  const others = await Promise.all([viewOf('self'), viewOf(hostProcess).catch(() => undefined)]);
  return others.includes(theirs);
}

/** A daemon that systemd starts holds the socket too, but systemd has called listen(2). */
async function holdsSocket(pid: number, socketPath: string): Promise<boolean> {
  const paths = [socketPath, await realpath(socketPath)];
  const sockets = listeningSockets(await readFile('/proc/net/unix', 'utf8'), paths);
  for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
    // A descriptor may be closed meanwhile.
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
    if (inode !== undefined && sockets.has(inode)) return true;
  }
  return false;
}

/** When a process started, in `/proc/PID/stat` (proc(5)); undefined when there is none. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
