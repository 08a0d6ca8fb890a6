// A container with every kind of file, setting and snapshot, which can be compared after a move.
import type { Host } from '../../deploy/lab/host.js';

/** Every kind of file that a copy can get wrong, created inside a running container. */
const makeFiles = `
set -e
mkdir -p /fixture/deep/er && cd /fixture
head -c 300000 /dev/urandom > blob && cp blob deep/er/same
ln -s ../data/counter soft && ln -s /nowhere dangling
mkfifo pipe && printf 'x' > "name with spaces" && : > empty
chmod 4755 blob && chmod 2750 deep && chmod 1777 deep/er && chmod 0400 empty
chown 1000:1001 deep/er/same && chown -h 65534:65534 soft
touch -d '2001-02-03 04:05:06' deep/er/same
sync`;

/**
 * One line per file: kind, mode, owner, modification time, target, checksum. No hard links: between storage pools
 * that need rsync, LXD itself makes two files of them.
 */
const tellFiles = `
cd /fixture && find . | sort | while read -r f; do
  stat -c '%n %F %a %u:%g %Y' "$f"
  [ -L "$f" ] && readlink "$f"
  [ -f "$f" ] && [ ! -L "$f" ] && md5sum < "$f"
done; true`;

interface Instance {
  readonly status: string;
  readonly config: Readonly<Record<string, string>>;
  readonly devices: unknown;
  readonly profiles: unknown;
  readonly description: string;
  readonly ephemeral: boolean;
}

export async function fillContainer(host: Host, name: string): Promise<void> {
  await host.lxc('exec', name, '--', 'sh', '-c', makeFiles);
  await snapshot(host, name, 'before');
  await host.lxc('exec', name, '--', 'sh', '-c', 'echo later > /fixture/later');
  await snapshot(host, name, 'after');
  await host.lxc('config', 'set', name, 'user.note', 'a value with "quotes", = and ü');
  await host.lxc('config', 'set', name, 'limits.memory', '256MiB');
  await host.lxc('config', 'set', name, 'boot.autostart', 'true');
  await host.lxc(
    'config',
    'device',
    'add',
    name,
    'zero',
    'unix-char',
    'source=/dev/zero',
    'path=/dev/myzero',
  );
}

/** Through the API, because lxc and incus have different commands for it. */
async function snapshot(host: Host, container: string, name: string): Promise<void> {
  await host.lxd(`/1.0/instances/${container}/snapshots`, { method: 'POST', body: { name } });
}

export async function findContainer(host: Host, name: string): Promise<Instance | undefined> {
  const all = (await host.lxd('/1.0/instances?recursion=1')) as (Instance & { name: string })[];
  return all.find((each) => each.name === name);
}

/** Everything that must be equal after a move. The container must run, because its files are read from inside. */
export async function describeContainer(host: Host, name: string) {
  const instance = await findContainer(host, name);
  if (!instance) throw new Error(`${name} is not on ${host.name}`);
  const ours = (key: string) =>
    !key.startsWith('volatile.') || key.endsWith('.hwaddr') || key === 'volatile.base_image';
  const snapshots = (await host.lxd(`/1.0/instances/${name}/snapshots?recursion=1`)) as {
    name: string;
    created_at: string;
  }[];
  return {
    config: Object.fromEntries(Object.entries(instance.config).filter(([key]) => ours(key))),
    devices: instance.devices,
    profiles: instance.profiles,
    description: instance.description,
    ephemeral: instance.ephemeral,
    // The migration protocol carries a snapshot's time in seconds.
    snapshots: snapshots.map(({ name: snapshot, created_at }) => ({
      snapshot,
      createdAt: created_at.slice(0, 19),
    })),
    files: await host.lxc('exec', name, '--', 'sh', '-c', tellFiles),
  };
}
