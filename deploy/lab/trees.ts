// Root file systems of Debian releases, which take long to make: made once and cached. A daemon of a newer release runs
// in one, and a whole host of the package tests does.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from './cache.js';
import { run } from './processes.js';

export interface Tree {
  readonly suite: string;
  /** Unpacked with what they need. No script of theirs runs, so no service starts. */
  readonly packages: readonly string[];
  /** The suite of these packages, if it is another one. */
  readonly from?: string;
}

/** What LXD and Incus call, beyond what their packages need. */
const daemonTools = ['rsync', 'btrfs-progs', 'attr', 'iproute2', 'nftables', 'kmod'];

/** Installing takes as long as the mirror does. */
const installTimeoutMs = 480_000;

/** The reason why no tree can be made or found here, or undefined. */
export function treeObstacle(): string | undefined {
  return existsSync('/usr/sbin/debootstrap') ? undefined : 'missing: debootstrap';
}

/** The mirror that this machine has its own packages from. */
export async function debianMirror(): Promise<string> {
  const asked = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Origin: Debian'];
  const [mirror = ''] = (await run(['apt-get', ...asked], { check: false })).stdout.split('\n');
  if (!mirror) throw new Error('apt-get has no Debian mirror here, so no Debian can be made for a host');
  return mirror;
}

/** A minimal system in a new directory. In a mount namespace of its own, so that its mounts go with it. */
export async function debootstrap(argv: readonly string[]): Promise<void> {
  await run(['unshare', '--mount', 'debootstrap', '--variant=minbase', ...argv], {
    timeoutMs: installTimeoutMs,
  });
}

/** The directory of a tree, which must not be changed. */
export function treeOf({ suite, packages, from }: Tree): Promise<string> {
  return cached([from ?? suite, ...packages].join('-'), async (root) => {
    const mirror = await debianMirror();
    await debootstrap([`--include=${daemonTools.join(',')}`, suite, root, mirror]);
    await unpack(root, packages, { mirror, suites: [suite, ...(from === undefined ? [] : [from])] });
  });
}

/** Unpacks packages, and what they need beyond what the tree has. The last suite is preferred. */
async function unpack(
  root: string,
  packages: readonly string[],
  { mirror, suites }: { readonly mirror: string; readonly suites: readonly string[] },
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'copa-lab-apt-'));
  try {
    for (const each of ['lists/partial', 'cache/archives/partial', 'parts']) {
      await mkdir(join(work, each), { recursive: true });
    }
    const keys = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';
    const sources = suites.map((suite) => `deb ${keys} ${mirror} ${suite} main\n`).join('');
    await writeFile(join(work, 'sources.list'), sources);
    const apt = (...argv: string[]) =>
      run(['apt-get', '-q', '-y', ...aptOptions(root, work), ...argv], { timeoutMs: installTimeoutMs });
    await apt('update');
    const wanted = ['--no-install-recommends', '--download-only', '-t', suites.at(-1) ?? ''];
    await apt('install', ...wanted, ...packages);
    const archives = join(work, 'cache/archives');
    for (const file of (await readdir(archives)).filter((name) => name.endsWith('.deb'))) {
      // dpkg-deb -x would replace the link /lib of such a system by the /lib of a package.
      const unpacking = 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"';
      await run(['sh', '-c', unpacking, 'sh', join(archives, file), root], { timeoutMs: installTimeoutMs });
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The machine's apt-get, with the tree's list of installed packages. */
function aptOptions(root: string, work: string): string[] {
  return Object.entries({
    'Dir::State::Lists': join(work, 'lists'),
    'Dir::State::Status': join(root, 'var/lib/dpkg/status'),
    'Dir::Cache': join(work, 'cache'),
    'Dir::Etc::SourceList': join(work, 'sources.list'),
    'Dir::Etc::SourceParts': join(work, 'parts'),
    'Dir::Etc::PreferencesParts': join(work, 'parts'),
    'APT::Sandbox::User': 'root',
    'Acquire::Retries': '3',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}
