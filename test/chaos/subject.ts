// The suite's containers: created from one image with every kind of file, and described completely from outside, so
// that damage by a move is detected.
import { createHash } from 'node:crypto';
import { readdirSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Host } from '../../deploy/lab/host.js';

const image = 'precious';

/** The user's own snapshot, which no migration may lose. */
const userSnapshot = 'mine';

const makeFiles = `set -e
mkdir -p /precious/private /precious/group /precious/empty
cd /precious
dd if=/dev/urandom of=large bs=64k count=32 2>/dev/null
n=0; while [ $n -lt 40 ]; do echo "file $n" > private/$n; n=$((n + 1)); done
echo shared > one && ln one other && ln -s one link && ln -s /nowhere dangling
mkfifo pipe && printf x > 'with blanks' && : > nothing
dd if=/dev/zero of=sparse bs=1 count=1 seek=1048576 2>/dev/null
chmod 4755 large && chmod 2770 group && chmod 0700 private && chmod 0400 nothing
chown 1000:1001 private/1 && chown 65534:0 group && chown -h 1:2 dangling
touch -d '2001-02-03 04:05:06' private/2
cat > /www/cgi-bin/write <<'SCRIPT'
#!/bin/sh
echo "$QUERY_STRING" >> /data/written && sync && printf 'Content-Type: text/plain\r\n\r\nwritten %s\n' "$QUERY_STRING"
SCRIPT
chmod 755 /www/cgi-bin/write
sync`;

/** A hook that fails on every host without this file. LXC runs it before the container. */
const startHook = '/var/lib/lxd/may-start';

/** Creates the image on a host, and allows only that host to start the containers that must fail elsewhere. */
export async function prepare(host: Host): Promise<void> {
  await host.lxc('launch', '-q', 'tiny', 'mold', '-c', 'environment.TICK=0');
  await host.lxc('exec', 'mold', '--', 'sh', '-c', makeFiles);
  await host.lxc('stop', 'mold');
  await host.lxc('publish', '-q', 'mold', '--alias', image, '--compression', 'none');
  await host.lxc('delete', 'mold');
  await host.exec(['sh', '-c', `printf '#!/bin/sh\\n' > ${startHook} && chmod 755 ${startHook}`]);
}

interface SubjectOptions {
  readonly running: boolean;
  /** It cannot be started on any other host. */
  readonly doomed: boolean;
  /** The daemon starts it with the host, which could start a wrong copy. */
  readonly autostart: boolean;
}

export async function makeSubject(host: Host, name: string, options: SubjectOptions): Promise<void> {
  const config = {
    'user.note': 'a value with "quotes", = and ü',
    ...(options.autostart ? { 'boot.autostart': 'true' } : {}),
    ...(options.doomed ? { 'raw.lxc': `lxc.hook.pre-start = ${startHook}` } : {}),
  };
  const source = { type: 'image', alias: image };
  const body = { name, source, config, description: `the ${name} of the chaos suite` };
  await host.lxd('/1.0/instances', { method: 'POST', body });
  if (options.running) {
    await host.lxd(`/1.0/instances/${name}/state`, { method: 'PUT', body: { action: 'start' } });
  }
  // After the start, because the first start changes the files' owners to the container's user ids. btrfs sends a
  // change of owner and loses set-user-ID bits, in LXD's own moves, too.
  const snapshot = { name: userSnapshot, stateful: false };
  await host.lxd(`/1.0/instances/${name}/snapshots`, { method: 'POST', body: snapshot });
}

export async function removeSubject(host: Host, name: string): Promise<void> {
  const found = await findContainer(host, name);
  if (!found) return;
  const path = `/1.0/instances/${name}`;
  if (found.status !== 'Stopped') {
    await host.lxd(`${path}/state`, { method: 'PUT', body: { action: 'stop', force: true } });
  }
  await host.lxd(path, { method: 'DELETE' });
}

const containerSchema = z.object({
  name: z.string(),
  status: z.string(),
  description: z.string(),
  ephemeral: z.boolean(),
  config: z.record(z.string(), z.string()),
  devices: z.record(z.string(), z.record(z.string(), z.string())),
  profiles: z.array(z.string()),
});
type Container = z.infer<typeof containerSchema>;

/** A host's containers and snapshots according to its daemon. */
export async function listContainers(host: Host, timeoutMs = 60_000): Promise<Container[]> {
  return z.array(containerSchema).parse(await host.lxd('/1.0/instances?recursion=1', { timeoutMs }));
}

export async function findContainer(host: Host, name: string): Promise<Container | undefined> {
  return (await listContainers(host)).find((each) => each.name === name);
}

/** Everything that must be equal in the end, as lines for comparison and output. */
export async function portrait(host: Host, name: string): Promise<string[]> {
  const container = await findContainer(host, name);
  if (!container) return [`${host.name} has no ${name}`];
  const snapshots = (await host.lxd(`/1.0/instances/${name}/snapshots`)) as string[];
  const { status, description, ephemeral, config, devices, profiles } = container;
  return [
    `status ${status}`,
    `description ${description}`,
    `ephemeral ${ephemeral}`,
    `devices ${JSON.stringify(devices)}`,
    `profiles ${profiles.join(',')}`,
    ...Object.entries(config)
      .filter(([key]) => !/^volatile\./.test(key) || /^volatile\.(base_image|uuid|.*\.hwaddr)$/.test(key))
      .map(([key, value]) => `config ${key}=${value}`)
      .sort(),
    ...snapshots.map((path) => `snapshot ${path.split('/').at(-1) ?? ''}`),
    ...files(host, `containers/${name}`).map((line) => `file ${line}`),
    ...files(host, `containers-snapshots/${name}/${userSnapshot}`).map((line) => `file of snapshot ${line}`),
  ];
}

export function differences(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `lost: ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `new: ${line}`),
  ];
}

const poolOn = (host: Host) => join(host.daemon.directory, 'storage-pools/default');

/**
 * One line per file, read without the daemon; owners as the container sees them. Hard links count by their content
 * only, because LXD's rsync makes separate files of them, in its own moves, too.
 */
function files(host: Host, volume: string): string[] {
  const rootfs = host.path(join(poolOn(host), volume, 'rootfs'));
  const root = join(rootfs, 'precious');
  try {
    const base = lstatSync(rootfs);
    const names = ['', ...readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()];
    return names.map((name) => {
      const path = join(root, name);
      const { mode, uid, gid, size, mtimeMs } = lstatSync(path);
      const kind = (mode & 0o170000) >> 12;
      const content =
        kind === 0o10
          ? createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)
          : kind === 0o12
            ? readlinkSync(path)
            : '';
      const time = kind === 0o10 ? Math.floor(mtimeMs / 1000) : '';
      const owner = `${uid - base.uid}:${gid - base.gid}`;
      return [name, mode.toString(8), owner, kind === 0o10 ? size : '', time, content].join(' ');
    });
  } catch (error) {
    return [`cannot be read: ${(error as Error).message}`];
  }
}

/** The lines that a container was requested to write (/cgi-bin/write?TEXT) and that are on a host's disk. */
export function written(host: Host, name: string): string[] {
  const file = host.path(join(poolOn(host), 'containers', name, 'rootfs/data/written'));
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

/** The value of a container's counter on a host's disk; undefined when it cannot be read. */
export function counterOf(host: Host, name: string): number | undefined {
  try {
    const text = readFileSync(
      host.path(join(poolOn(host), 'containers', name, 'rootfs/data/counter')),
      'utf8',
    ).trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
