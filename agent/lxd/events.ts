/** The daemon's own events, as far as they tell that a container is another one than before. */
import type { WebSocket } from 'ws';
import { containerNamePattern } from '../../common/names.js';
import type { LxdClient } from './client.js';

export type InstanceEvent =
  | {
      readonly kind: 'touched';
      readonly name: string;
      /** It has just stopped: because somebody asked the daemon for it, or by itself. */
      readonly stopped?: 'by request' | 'by itself';
    }
  | { readonly kind: 'renamed'; readonly name: string; readonly oldName: string };

/** They change nothing that anybody is told of, and a busy host has many of them. */
const uninteresting = new Set([
  'instance-exec',
  'instance-console',
  'instance-console-retrieved',
  'instance-file-retrieved',
  'instance-file-pushed',
  'instance-file-deleted',
  'instance-log-retrieved',
  'instance-metadata-retrieved',
]);

/** A clean end, and a forced one. Measured on LXD 5.0.2 and Incus 6.0.4: only one that was asked for has a requestor. */
const stops = new Set(['instance-shutdown', 'instance-stopped']);

/** An operation's end without success, as the daemon numbers it: failed, cancelled. */
const failures: readonly unknown[] = [400, 401];

interface Message {
  readonly type?: unknown;
  readonly project?: string;
  readonly metadata?: {
    readonly action?: unknown;
    readonly source?: unknown;
    readonly context?: { readonly old_name?: unknown } | null;
    readonly requestor?: unknown;
    readonly status_code?: unknown;
    readonly resources?: Readonly<Record<string, unknown>> | null;
  };
}

/**
 * What a message of the daemon's event stream tells; undefined when it is nothing of ours. Only which
 * container it is about is taken from it: how that is now has to be asked, as events may be late.
 */
export function instanceEventOf(text: string): InstanceEvent | undefined {
  let message: Message;
  try {
    message = JSON.parse(text) as Message;
  } catch {
    return undefined;
  }
  if (message.type === 'operation') return failureOf(message);
  const { action, source, context, requestor } = message.metadata ?? {};
  if (typeof action !== 'string' || typeof source !== 'string') return undefined;
  if ((message.project ?? 'default') !== 'default') return undefined;
  if (!action.startsWith('instance-') || uninteresting.has(action)) return undefined;
  const name = nameIn(source);
  if (name === undefined) return undefined;
  const oldName = context?.old_name;
  if (action === 'instance-renamed' && typeof oldName === 'string' && containerNamePattern.test(oldName)) {
    return { kind: 'renamed', name, oldName };
  }
  if (!stops.has(action)) return { kind: 'touched', name };
  return { kind: 'touched', name, stopped: requestor ? 'by request' : 'by itself' };
}

/** What a daemon makes and takes back when it fails, as a copy that is cut off, it tells by the failure alone. */
function failureOf({ project, metadata }: Message): InstanceEvent | undefined {
  if ((project ?? 'default') !== 'default' || !failures.includes(metadata?.status_code)) return undefined;
  const { instances, containers } = metadata?.resources ?? {};
  const urls: unknown = instances ?? containers;
  const url: unknown = Array.isArray(urls) ? urls[0] : undefined;
  const name = typeof url === 'string' ? nameIn(url) : undefined;
  return name === undefined ? undefined : { kind: 'touched', name };
}

function nameIn(url: string): string | undefined {
  const name = /^\/1\.0\/(?:instances|containers)\/([^/?]+)/.exec(url)?.[1];
  return name !== undefined && containerNamePattern.test(name) ? name : undefined;
}

interface EventStream {
  /** Settles when the daemon has ended the stream, or does not answer on it any more. */
  readonly ended: Promise<void>;
  close(): void;
}

/** How often the daemon is asked, on the same stream, whether it still lives; half of it is its time to answer. */
const pingIntervalMs = 5_000;

/** Follows the daemon's events. Throws `unavailable` when it does not let us. */
export async function followInstances(
  lxd: LxdClient,
  onEvent: (event: InstanceEvent) => void,
): Promise<EventStream> {
  const socket = await lxd.events('lifecycle,operation');
  socket.on('message', (data: Buffer) => {
    const event = instanceEventOf(data.toString('utf8'));
    if (event) onEvent(event);
  });
  socket.resume();
  return { ended: endOf(socket), close: () => socket.terminate() };
}

function endOf(socket: WebSocket): Promise<void> {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (answered) {
      answered = false;
      socket.ping();
    } else {
      socket.terminate();
    }
  }, pingIntervalMs);
  return new Promise((resolve) => {
    socket.once('close', () => {
      clearInterval(timer);
      resolve();
    });
  });
}
