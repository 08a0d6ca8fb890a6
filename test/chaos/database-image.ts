// The image `database`: PostgreSQL of Debian, which makes its cluster at the first start, takes its address from its MAC
// as the image `tiny` does, and shuts down cleanly when the container is stopped.
import { createHash } from 'node:crypto';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { cached } from '../../deploy/lab/cache.js';
import { run } from '../../deploy/lab/processes.js';
import { treeOf } from '../../deploy/lab/trees.js';

const tree = { suite: 'bookworm', packages: ['postgresql', 'iputils-arping'] } as const;

/** Not needed to run, and most of the bytes. */
const ballast = ['usr/share/doc', 'usr/share/locale', 'usr/share/man', 'var/cache/apt', 'var/lib/apt'];

const init = (subnet: string): string => `#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
data=/var/lib/database
bin=$(echo /usr/lib/postgresql/*/bin)
as_postgres='setpriv --reuid 500 --regid 500 --clear-groups'
postgres=
# The fast shutdown: sessions are ended, and everything is written.
shut_down() { [ -z "$postgres" ] || { kill -INT "$postgres"; wait "$postgres"; }; exit 0; }
trap shut_down PWR TERM
IFS=: read -r _ _ _ _ b c < /sys/class/net/eth0/address
b=$((0x$b)) c=$((0x$c))
[ $b -ne 0 ] || b=1
[ $c -ne 0 ] || c=1
[ $c -ne 255 ] || c=254
ip link set lo up
ip addr add ${subnet}.$b.$c/16 dev eth0
ip link set eth0 up
ip route add default via ${subnet}.0.1
arping -q -U -c 1 -w 1 -I eth0 ${subnet}.$b.$c &
mkdir -p /run/postgresql && chown 500:500 /run/postgresql
if [ ! -e $data/made ]; then
  rm -rf $data && mkdir -p $data && chown 500:500 $data
  $as_postgres $bin/initdb -A trust -U postgres --locale=C -D $data/cluster
  echo 'host all all all trust' >> $data/cluster/pg_hba.conf
  touch $data/made
fi
$as_postgres $bin/postgres -D $data/cluster -c listen_addresses='*' -c unix_socket_directories=/run/postgresql -c jit=off &
postgres=$!
while :; do wait "$postgres"; sleep 3600 & wait $!; done
`;

export interface DatabaseImage {
  /** The tarball that a daemon imports. */
  readonly tarball: string;
  /** A root file system with the client, psql. */
  readonly client: string;
}

/** @param subnet The first two bytes of the addresses, as in `10.64`. */
export async function databaseImage(subnet: string): Promise<DatabaseImage> {
  const client = await treeOf(tree);
  const hash = createHash('sha256').update(init(subnet)).digest('hex').slice(0, 16);
  const tarball = await cached(`database-${hash}.tar`, async (image) => {
    const work = `${image}.tree`;
    const root = join(work, 'rootfs');
    await run(['mkdir', '-p', work]);
    await run(['cp', '-a', client, root]);
    const glob = `cd "$1" && rm -rf ${ballast.join(' ')} usr/lib/*/libLLVM* usr/lib/postgresql/*/lib/bitcode dev/*`;
    await run(['sh', '-c', glob, 'sh', root]);
    await writeFile(join(root, 'usr/sbin/init'), init(subnet));
    await chmod(join(root, 'usr/sbin/init'), 0o755);
    await run(['sh', '-c', `echo postgres:x:500:500::/:/bin/sh >> "$1/etc/passwd"`, 'sh', root]);
    const architecture = arch() === 'x64' ? 'x86_64' : arch() === 'arm64' ? 'aarch64' : arch();
    await writeFile(
      join(work, 'metadata.yaml'),
      `architecture: ${architecture}\ncreation_date: 1700000000\nproperties:\n  description: PostgreSQL\n`,
    );
    await run(['tar', '--numeric-owner', '-C', work, '-cf', image, 'metadata.yaml', 'rootfs'], {
      timeoutMs: 120_000,
    });
    await rm(work, { recursive: true });
  });
  return { tarball, client };
}
