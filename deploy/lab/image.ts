// The image `tiny`: busybox and a short init that derives its address from its MAC, or asks for one by DHCP, answers HTTP, counts time on its
// disk, and stops as soon as it is requested to.
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { cached } from './cache.js';
import { run } from './processes.js';

const busybox = '/bin/busybox';

/**
 * What a test can read inside (and over HTTP by the same names):
 * /data/counter          goes up every 100 ms, but only while a copy runs; never goes down
 * /data/boots            how often init has started
 * /data/clean-shutdown   how often init has been asked to stop and did; absent before the first time
 * `environment.TICK` set on the container changes the interval (in seconds; 0 for no counting at all).
 */
const init = (subnet: string): string => `#!/bin/sh
export PATH=/bin:/sbin
number() { cat "$1" 2>/dev/null || echo 0; }
# A rename, so that a reader or a copy never sees half a number, and a full disk leaves the old one.
save() { echo "$2" > "$1.new" && mv "$1.new" "$1"; }

shut_down() {
  [ -n "$ticker" ] && kill $ticker && wait $ticker
  save /data/clean-shutdown $(($(number /data/clean-shutdown) + 1))
  exit 0
}
trap shut_down PWR TERM

tick() {
  trap - PWR TERM
  n=$(number /data/counter)
  exec 3<>/dev/never
  while :; do
    n=$((n + 1))
    save /data/counter $n
    read -t "\${TICK:-0.1}" never <&3
  done
}

save /data/boots $(($(number /data/boots) + 1))
echo "<h1>$(hostname)</h1>" > /www/index.html
mkfifo /dev/never
if [ "$TICK" != 0 ]; then tick & ticker=$!; fi
ip link set lo up
mac=$(cat /sys/class/net/eth0/address 2>/dev/null)
case "$mac" in 02:c0:*)
  # An interface on a network over several hosts: as usual images, by DHCP.
  ip link set eth0 up
  udhcpc -q -n -t 100 -T 1 -i eth0 -s /sbin/dhcp > /dev/null 2>&1 &
  mac=
esac
if [ -n "$mac" ]; then
  c=$((0x\${mac##*:}))
  mac=\${mac%:*}
  b=$((0x\${mac##*:}))
  [ $b -eq 0 ] && b=1
  [ $c -eq 0 ] && c=1
  [ $c -eq 255 ] && c=254
  ip addr add ${subnet}.$b.$c/16 dev eth0
  ip link set eth0 up
  ip route add default via ${subnet}.0.1
  # Tells everyone that this address is now behind this host.
  arping -q -U -c 1 -w 1 -I eth0 ${subnet}.$b.$c &
fi
httpd -f -p 80 -h /www &
sleep 2147483647 &
while :; do wait $!; done
`;

const dhcp = `#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
ip route add default via "$router"
[ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
`;

const hello = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\nhello from %s\\n' "$(hostname)"
`;

const metadata = (architecture: string): string => `architecture: ${architecture}
creation_date: 1700000000
properties:
  description: busybox, an HTTP server and a counter
  os: busybox
  release: lab
`;

/**
 * The image's tarball, created on first use and cached by its content.
 * @param subnet The first two bytes of the addresses, as in `10.64`.
 * @throws Error when /bin/busybox is missing or needs shared libraries.
 */
export async function tinyImage(subnet: string): Promise<string> {
  const binary = await readFile(busybox).catch((cause: unknown) => {
    throw new Error('The image needs /bin/busybox: install busybox-static', { cause });
  });
  if (binary.subarray(0, 4096).includes('/ld-'))
    throw new Error('/bin/busybox needs shared libraries: install busybox-static instead of busybox');
  const architecture = arch() === 'x64' ? 'x86_64' : arch() === 'arm64' ? 'aarch64' : arch();
  const texts = [init(subnet), hello, metadata(architecture), dhcp];
  const hash = createHash('sha256').update(binary).update(texts.join('\0')).digest('hex').slice(0, 16);
  return cached(`tiny-${hash}.tar`, async (image) => {
    const work = `${image}.tree`;
    await writeTree(work, texts);
    const fixed = ['--sort=name', '--mtime=@1700000000', '--owner=0', '--group=0', '--numeric-owner'];
    await run(['tar', ...fixed, '-C', work, '-cf', image, 'metadata.yaml', 'rootfs']);
    await rm(work, { recursive: true });
  });
}

async function writeTree(
  work: string,
  [initText = '', helloText = '', metadataText = '', dhcpText = '']: string[],
): Promise<void> {
  const root = join(work, 'rootfs');
  for (const directory of ['bin', 'dev', 'etc', 'proc', 'root', 'sbin', 'sys', 'tmp', 'data', 'www/cgi-bin'])
    await mkdir(join(root, directory), { recursive: true });
  await copyFile(busybox, join(root, 'bin/busybox'));
  const applets = (await run([busybox, '--list'])).stdout.split('\n').filter(Boolean);
  await Promise.all(
    applets.filter((name) => name !== 'busybox').map((name) => symlink('busybox', join(root, 'bin', name))),
  );
  for (const [path, text, mode] of [
    ['sbin/init', initText, 0o755],
    ['sbin/dhcp', dhcpText, 0o755],
    ['www/cgi-bin/hello', helloText, 0o755],
    ['etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n', 0o644],
    ['etc/group', 'root:x:0:\n', 0o644],
    ['../metadata.yaml', metadataText, 0o644],
  ] as const) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    await chmod(join(root, path), mode);
  }
  await chmod(join(root, 'tmp'), 0o1777);
  for (const name of ['counter', 'boots', 'clean-shutdown'])
    await symlink(`../data/${name}`, join(root, 'www', name));
}
