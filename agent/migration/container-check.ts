/**
 * The check of a container after its start: a command in it, or a connection to a port of it. It is tried until it passes
 * or its time is over.
 *
 * A port is tried from inside the container's network namespace, by a process of its own. There, the container's addresses
 * are local, so the connection cannot leave the container, whatever addresses it has given itself. Connecting from the
 * host would reach any host that has the same address. Nothing that the container sends is passed on, except a status
 * number and the beginning of a command's output.
 */
import { execFile } from 'node:child_process';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import type { ContainerCheck } from '../../common/container-check.js';
import { messageOf } from '../../common/errors.js';
import type { CheckResult } from '../../proto/gen/copa/agent/v1/CheckResult.js';
import type { LxdClient } from '../lxd/client.js';
import { startProcess } from '../lxd/exec.js';
import { instancePath } from '../lxd/instances.js';
import type { InstanceState } from '../lxd/types.js';

/** The pause between two attempts. */
const pauseMs = 500;

/** Time limit of one attempt on a port. A command may take all the time that is left. */
const portTryMsMax = 5_000;

/** How long the output of a command may arrive after its end. A process in the background may hold it open. */
const outputMsMax = 500;

/** How much of a command's output is kept for the message. */
const outputCharactersMax = 200;

/** Limit on the addresses of a container that are tried. */
const addressesMax = 16;

type Attempt = {
  readonly passed: boolean;
  readonly why: string;
  /** It was cut off. The reason of an earlier attempt says more. */
  readonly isLate?: boolean;
};

/** Never throws. It is given up when `signal` aborts. */
export type CheckContainer = (
  lxd: LxdClient,
  container: string,
  order: { readonly check: ContainerCheck; readonly timeoutMs: number; readonly signal: AbortSignal },
) => Promise<CheckResult>;

export const checkContainer: CheckContainer = async (lxd, container, { check, timeoutMs, signal }) => {
  const endsAt = lxd.clock.now() + timeoutMs;
  let why = '';
  while (!signal.aborted) {
    const leftMs = endsAt - lxd.clock.now();
    if (leftMs <= 0) break;
    const attempt = await tryOnce(lxd, container, check, { timeoutMs: leftMs, signal }).catch(
      (error: unknown): Attempt => ({ passed: false, why: messageOf(error) }),
    );
    if (attempt.passed) return { outcome: 'passed', message: attempt.why };
    if (!attempt.isLate || why === '') why = attempt.why;
    await lxd.clock.delay(Math.min(pauseMs, Math.max(0, endsAt - lxd.clock.now())));
  }
  return { outcome: 'failed', message: `not passed within ${timeoutMs / 1000} s: ${why}` };
};

interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

function tryOnce(lxd: LxdClient, container: string, check: ContainerCheck, limits: Limits): Promise<Attempt> {
  if (check.kind === 'exec') return tryCommand(lxd, container, check.command, limits);
  return tryPort(lxd, container, check, Math.min(limits.timeoutMs, portTryMsMax));
}

async function tryCommand(
  lxd: LxdClient,
  container: string,
  command: string,
  { timeoutMs, signal }: Limits,
): Promise<Attempt> {
  const process = await startProcess(lxd, container, ['sh', '-c', command], undefined);
  process.stdin.end();
  const output = beginningOf([process.stderr, process.stdout]);
  let stopTimer: () => void = () => undefined;
  const late = new Promise<'late'>((resolve) => {
    stopTimer = lxd.clock.after(timeoutMs, () => resolve('late'));
    signal.addEventListener('abort', () => resolve('late'), { once: true });
  });
  try {
    process.ended.catch(() => undefined);
    const code = await Promise.race([process.ended, late]);
    if (code === 'late') process.kill('SIGKILL');
    else await Promise.race([output.ended, lxd.clock.delay(outputMsMax)]);
    const said = output.text();
    const how = code === 'late' ? 'the command did not end' : `the command ended with ${code}`;
    return { passed: code === 0, why: said ? `${how}: ${said}` : how, isLate: code === 'late' };
  } finally {
    stopTimer();
    process.close();
  }
}

/** Reads the streams to their end, and keeps the first characters of the first one that has any. */
function beginningOf(all: readonly (Readable | undefined)[]) {
  const streams = all.filter((stream) => stream !== undefined);
  const kept = streams.map((stream) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    stream.on('data', (part: Buffer) => {
      if (bytes < outputCharactersMax) parts.push(part.subarray(0, outputCharactersMax));
      bytes += part.length;
    });
    return parts;
  });
  return {
    ended: Promise.all(streams.map((stream) => new Promise((resolve) => stream.once('close', resolve)))),
    text: () => kept.map((parts) => plain(Buffer.concat(parts).toString())).find((text) => text !== '') ?? '',
  };
}

/** One line of printable text. */
function plain(text: string): string {
  return text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, outputCharactersMax);
}

async function tryPort(
  lxd: LxdClient,
  container: string,
  check: Exclude<ContainerCheck, { kind: 'exec' }>,
  timeoutMs: number,
): Promise<Attempt> {
  const stateOf = () => lxd.get<InstanceState>(`${instancePath(container)}/state`);
  const state = await stateOf();
  const { pid = 0 } = state;
  if (pid <= 0) return { passed: false, why: 'the container does not run' };
  const order = {
    port: check.port,
    path: check.kind === 'http' ? check.path : '',
    addresses: ownAddresses(state),
  };
  const argv = [
    `--net=/proc/${pid}/ns/net`,
    '--',
    process.execPath,
    '-e',
    probe,
    '--',
    JSON.stringify(order),
  ];
  const attempt = await new Promise<Attempt>((resolve) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 4_096, env: {} } as const;
    execFile('nsenter', argv, options, (error, stdout) => {
      const why = plain(stdout) || (error?.killed ? 'no answer' : messageOf(error));
      resolve({ passed: error === null, why, isLate: error?.killed === true });
    });
  });
  // Otherwise the number may meanwhile have been that of another process.
  const isSame = (await stateOf()).pid === pid;
  return isSame ? attempt : { passed: false, why: 'the container was restarted' };
}

/** The addresses that the daemon has seen in the container, and its loopback address. */
export function ownAddresses({ network }: Pick<InstanceState, 'network'>): string[] {
  const all = Object.values(network ?? {}).flatMap(({ addresses }) => addresses ?? []);
  const global = all.filter(({ scope, address }) => scope === 'global' && isIP(address) > 0);
  return ['127.0.0.1', ...global.map(({ address }) => address).slice(0, addressesMax)];
}

/**
 * Connects to all addresses at once, and succeeds with the first that answers. Runs as `node -e` with the order as its
 * argument, and prints the reason.
 */
const probe = `
const { port, path, addresses } = JSON.parse(process.argv[1]);
let open = addresses.length, last = '';
const end = (code, why) => { process.stdout.write(why, () => process.exit(code)); };
const failed = (why) => { last = last.startsWith('status') ? last : why; if (--open === 0) end(1, last); };
for (const host of addresses) {
  let isOver = false;
  const once = (work) => (value) => { if (!isOver) { isOver = true; work(value); } };
  const onError = once((error) => failed(String(error.code || 'no answer')));
  if (path === '') {
    require('net').connect({ host, port }).on('connect', once(() => end(0, 'connected'))).on('error', onError);
  } else {
    require('http').get({ host, port, path, agent: false }, once(({ statusCode, socket }) => {
      socket.destroy();
      if (statusCode >= 200 && statusCode < 400) end(0, 'status ' + statusCode);
      else failed('status ' + statusCode);
    })).on('error', onError);
  }
}`;
