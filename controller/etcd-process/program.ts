/** The installed etcd: its version, and the flags with which COPA starts it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CopaError } from '../../common/errors.js';

const run = promisify(execFile);

/** "3.4.23", or an error that names the package to install. */
export async function etcdVersion(): Promise<string> {
  for (const [program, packageName] of [
    ['setpriv', 'util-linux'],
    ['flock', 'util-linux'],
    ['etcd', 'etcd-server'],
  ] as const) {
    try {
      const { stdout } = await run(program, ['--version']);
      const version = /etcd Version: (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
      if (program === 'etcd' && version) return version;
    } catch (cause) {
      throw new CopaError(
        'failed_precondition',
        `the embedded etcd needs the program ${program} (Debian: apt-get install ${packageName}); or use a cluster of yours with --etcd URL`,
        { cause },
      );
    }
  }
  throw new CopaError('failed_precondition', 'the version of the installed etcd is unknown');
}

/** Throws `failed_precondition` for an etcd that cannot take members without risk to those that it has. */
export function checkCanBeShared(version: string): void {
  if (isBefore(version, 4)) {
    throw new CopaError(
      'failed_precondition',
      `several controllers need etcd 3.4 or later, and etcd ${version} is installed here`,
    );
  }
}

interface Run {
  readonly version: string;
  readonly directories: { readonly data: string; readonly tls: string };
  readonly ports: { readonly client: number; readonly peer: number };
  readonly quotaBytes: number;
  /** Undefined: it has no other members, and listens for none. */
  readonly peers?: Peers | undefined;
  /** Forget all other members. */
  readonly forceNewCluster?: boolean;
}

export interface Peers {
  readonly name: string;
  /** IP:PORT. */
  readonly address: string;
  /** NAME=URL pairs; only for an etcd that has no data yet. */
  readonly initialCluster: string;
  /** Key and certificate in one PEM file, so that they are replaced together. */
  readonly identityFile: string;
  readonly caFile: string;
}

/** The flags for etcd 3.3 to 3.6. They differ in the options for checking the data at the start and for logging. */
export function flagsFor(options: Run): string[] {
  const { version, directories, ports, quotaBytes, peers, forceNewCluster = false } = options;
  const checkData = isBefore(version, 6)
    ? '--experimental-initial-corrupt-check'
    : '--feature-gates=InitialCorruptCheck=true';
  const logging = isBefore(version, 4)
    ? ['--log-output', 'stderr']
    : ['--logger', 'zap', '--log-outputs', 'stderr', '--log-level', 'warn'];
  const clientUrl = `https://127.0.0.1:${ports.client}`;
  const [ca, cert, key] = ['ca.crt', 'server.crt', 'server.key'].map((file) => join(directories.tls, file));
  return [
    ...['--data-dir', directories.data],
    ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
    ...[`--trusted-ca-file=${ca}`, `--cert-file=${cert}`, `--key-file=${key}`, '--client-cert-auth'],
    ...(peers ? memberFlags(peers) : loneFlags(ports.peer, { ca, cert, key })),
    '--peer-client-cert-auth',
    ...['--auto-compaction-mode', 'periodic', '--auto-compaction-retention', '1h'],
    ...['--quota-backend-bytes', String(quotaBytes)],
    ...(forceNewCluster ? ['--force-new-cluster'] : []),
    ...logging,
    checkData,
  ];
}

/** etcd insists on a port for peers. It is on loopback, and no peer has a certificate for it. */
function loneFlags(
  port: number,
  { ca, cert, key }: Record<'ca' | 'cert' | 'key', string | undefined>,
): string[] {
  const url = `https://127.0.0.1:${port}`;
  return [
    ...['--name', 'copa', '--initial-cluster', `copa=${url}`],
    ...['--listen-peer-urls', url, '--initial-advertise-peer-urls', url],
    ...[`--peer-trusted-ca-file=${ca}`, `--peer-cert-file=${cert}`, `--peer-key-file=${key}`],
    // A single node needs no long election time-out. It is its own leader 0.2 s after the start.
    ...['--heartbeat-interval', '10', '--election-timeout', '100'],
  ];
}

function memberFlags({ name, address, initialCluster, identityFile, caFile }: Peers): string[] {
  const url = peerUrl(address);
  return [
    ...['--name', name, '--initial-cluster', initialCluster, '--initial-cluster-state', 'existing'],
    ...['--listen-peer-urls', url, '--initial-advertise-peer-urls', url],
    ...[
      `--peer-trusted-ca-file=${caFile}`,
      `--peer-cert-file=${identityFile}`,
      `--peer-key-file=${identityFile}`,
    ],
    // All members have to have the same. A leader that is lost is replaced after 1 to 2 s.
    ...['--heartbeat-interval', '100', '--election-timeout', '1000'],
  ];
}

/** Of an address IP:PORT. */
export function peerUrl(address: string): string {
  return `https://${address}`;
}

function isBefore(version: string, minor: number): boolean {
  const [installedMajor = 0, installedMinor = 0] = version.split('.').map(Number);
  return installedMajor === 3 && installedMinor < minor;
}
