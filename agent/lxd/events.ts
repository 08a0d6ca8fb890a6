/** The daemon's events that show a change of a container. */
import type { WebSocket } from 'ws';
import { containerNamePattern } from '../../common/names.js';
import type { LxdClient } from './client.js';

export type InstanceEvent =
  | {
      readonly kind: 'touched';
      readonly name: string;
      /** Set when it has just stopped: because somebody requested it from the daemon, or by itself. */
      readonly stopped?: 'by request' | 'by itself';
    }
  | { readonly kind: 'renamed'; readonly name: string; readonly oldName: string };

/** These change nothing in the inventory, and a busy host has many of them. */
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

/** A clean and a forced stop. Measured on LXD 5.0.2 and Incus 6.0.4: only a requested one has a requestor. */
const stops = new Set(['instance-shutdown', 'instance-stopped']);

/** The daemon's status codes of an operation that failed or was cancelled. */
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
 * Parses a message of the daemon's event stream; undefined when it is not relevant. Only the container's name is
 * taken from it. The state has to be read, because events may be late.
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

/**
 * When an operation fails, the daemon removes what it created, for example an interrupted copy. The failure is the
 * only event for this.
 */
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
  /** Settles when the daemon has ended the stream or no longer answers on it. */
  readonly ended: Promise<void>;
  close(): void;
}

/** The interval of pings on the stream. The daemon has half of it to answer. */
const pingIntervalMs = 5_000;

/** Follows the daemon's events. Throws `unavailable` when the daemon does not accept the stream. */
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
