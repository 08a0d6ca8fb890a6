// The lab's requests to LXD: readiness, a pool, a profile and an image. It does not use the agent's client on
// purpose: code that tests the agent must not share its mistakes.
import { request } from 'node:http';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

const answer = z.object({
  type: z.string().optional(),
  error: z.string().optional(),
  error_code: z.number().optional(),
  operation: z.string().optional(),
  metadata: z.unknown(),
});
const operation = z.object({ status: z.string(), err: z.string(), metadata: z.unknown() });

export interface LxdRequest {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  /** A file to send as the body instead. */
  readonly file?: string;
  readonly timeoutMs?: number;
}

/**
 * One request to the LXD at a unix socket; waits for the operation when it starts one.
 * @returns the answer's `metadata`, or the finished operation's.
 * @throws Error when LXD refuses, or the operation fails.
 */
export async function lxd(socketPath: string, path: string, options: LxdRequest = {}): Promise<unknown> {
  const first = await send(socketPath, path, options);
  if (first.type !== 'async' || first.operation === undefined) return first.metadata;
  const wait = await send(socketPath, `${first.operation}/wait?timeout=-1`, {
    timeoutMs: options.timeoutMs ?? 60_000,
  });
  const done = operation.parse(wait.metadata);
  if (done.status !== 'Success') throw new Error(`LXD: ${options.method ?? 'GET'} ${path}: ${done.err}`);
  return done.metadata;
}

async function send(socketPath: string, path: string, options: LxdRequest): Promise<z.infer<typeof answer>> {
  const { method = 'GET', body, file, timeoutMs = 30_000 } = options;
  const text = body === undefined ? '' : JSON.stringify(body);
  const length = file === undefined ? Buffer.byteLength(text) : (await stat(file)).size;
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = {
    'Content-Length': length,
    'Content-Type': file === undefined ? 'application/json' : 'application/octet-stream',
  };
  const raw = await new Promise<string>((resolve, reject) => {
    const outgoing = request({ socketPath, path, method, headers, agent: false, signal }, (incoming) => {
      let received = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
      incoming.on('end', () => resolve(received)).on('error', reject);
    });
    outgoing.on('error', reject);
    if (file === undefined) outgoing.end(text);
    else pipeline(createReadStream(file), outgoing).catch(reject);
  });
  const parsed = answer.parse(JSON.parse(raw));
  if (parsed.type === 'error') throw new Error(`LXD: ${method} ${path}: ${parsed.error ?? raw}`);
  return parsed;
}

/** Throws until LXD has started; the request of `lxd waitready`. */
export async function isReady(socketPath: string): Promise<void> {
  await lxd(socketPath, '/internal/ready', { timeoutMs: 5_000 });
}

interface LxdSetup {
  readonly driver: string;
  /** The pool's own file system as LXD sees it; undefined for a directory of LXD's. */
  readonly source: string | undefined;
  /** The tarball of the image `tiny`; undefined for none. */
  readonly image: string | undefined;
}

/** Creates the storage pool and profile of a new LXD, both called `default`, and imports the image `tiny`. */
export async function configureLxd(socketPath: string, setup: LxdSetup): Promise<void> {
  const config = { 'images.auto_update_interval': '0', 'core.shutdown_timeout': '1' };
  const storage = setup.source === undefined ? {} : { source: setup.source };
  await lxd(socketPath, '/1.0', { method: 'PATCH', body: { config } });
  await lxd(socketPath, '/1.0/storage-pools', {
    method: 'POST',
    body: { name: 'default', driver: setup.driver, config: storage },
  });
  const devices = {
    root: { type: 'disk', path: '/', pool: 'default' },
    eth0: { type: 'nic', name: 'eth0', nictype: 'bridged', parent: 'lab0' },
  };
  await lxd(socketPath, '/1.0/profiles/default', { method: 'PUT', body: { config: {}, devices } });
  if (setup.image === undefined) return;
  const imported = await lxd(socketPath, '/1.0/images', { method: 'POST', file: setup.image });
  const { fingerprint } = z.object({ fingerprint: z.string() }).parse(imported);
  await lxd(socketPath, '/1.0/images/aliases', {
    method: 'POST',
    body: { name: 'tiny', target: fingerprint },
  });
}
