/** A real etcd for a test: COPA's embedded one, in a temporary directory. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import type { Endpoints } from '../../controller/store/endpoints.js';
import { startEmbeddedEtcd, type EmbeddedEtcd } from '../../controller/etcd-process/embedded-etcd.js';

/** The reason why no etcd can run here, or undefined. It is printed, because its tests are then skipped. */
export const etcdObstacle = ['etcd', 'setpriv', 'flock']
  .filter((program) => spawnSync(program, ['--version']).error !== undefined)
  .map((program) => `${program} is not installed`)[0];
if (etcdObstacle !== undefined) console.warn(`\n*** NOT TESTED, no etcd can run here: ${etcdObstacle} ***\n`);

export const silentLog = pino({ level: 'silent' });

export async function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'copa-test-'));
}

/** Starts etcd; `stop` removes its data, too. */
export async function startEtcd(): Promise<EmbeddedEtcd & { readonly port: number }> {
  const directory = await temporaryDirectory();
  const etcd = await startEmbeddedEtcd(directory, silentLog);
  return {
    ...etcd,
    port: Number(new URL(etcd.endpoints.urls[0] ?? '').port),
    stop: async () => {
      await etcd.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What the store has no method for, with the credentials that it has. */
export async function etcdctl(
  { ca = '', cert = '', key = '', urls }: Endpoints,
  ...args: string[]
): Promise<string> {
  const directory = await temporaryDirectory();
  try {
    const file = (name: string) => join(directory, name);
    await writeFile(file('ca'), ca);
    await writeFile(file('cert'), cert);
    await writeFile(file('key'), key, { mode: 0o600 });
    const tls = [`--cacert=${file('ca')}`, `--cert=${file('cert')}`, `--key=${file('key')}`];
    const env = { ...process.env, ETCDCTL_API: '3' };
    const all = [`--endpoints=${urls.join(',')}`, ...tls, ...args];
    return (await promisify(execFile)('etcdctl', all, { env })).stdout;
  } finally {
    await rm(directory, { recursive: true });
  }
}
