// The two ways of each call: through COPA, and on the host by the daemon's own socket, waiting for the operation's
// end like the daemon's own client.
import { setTimeout as delay } from 'node:timers/promises';
import { Connection, encode, type Target } from './http.js';

/** Both ways to the same host. */
export interface Host {
  /** The address of the controller's REST API, and the pool's name there. */
  readonly port: number;
  readonly pool: string;
  readonly socket: string;
}

/** The reads: of the container `one` or of all. */
export type Question = 'list_containers' | 'information of one' | 'information of all';

export const questions: Readonly<
  Record<Question, { copa: (host: Host) => Target; daemon: (host: Host) => Target }>
> = {
  list_containers: {
    copa: ({ port, pool }) => ({ at: port, path: rest('list_containers', pool) }),
    daemon: ({ socket }) => ({ at: socket, path: '/1.0/instances?instance-type=container' }),
  },
  'information of one': {
    copa: ({ port, pool }) => ({ at: port, path: `${rest('information', pool)}&container_name=c0` }),
    daemon: ({ socket }) => ({ at: socket, path: '/1.0/instances/c0/state' }),
  },
  'information of all': {
    copa: ({ port, pool }) => ({ at: port, path: rest('information', pool) }),
    daemon: ({ socket }) => ({ at: socket, path: '/1.0/instances?recursion=2&instance-type=container' }),
  },
};

function rest(operation: string, pool: string): string {
  return `/REST/container/?operation=${operation}&container_pool=${pool}`;
}

export type Verb = 'create' | 'start' | 'freeze' | 'unfreeze' | 'stop' | 'delete';

/** One client that changes containers, over one connection. */
export interface Worker {
  run(verb: Verb, container: string): Promise<void>;
  close(): void;
}

export async function copaWorker({ port, pool }: Host): Promise<Worker> {
  const connection = await Connection.open(port);
  return {
    run: async (operation, container_name) => {
      const image = operation === 'create' ? { image_type: 'tiny' } : {};
      const body = new URLSearchParams({ operation, container_name, container_pool: pool, ...image });
      const { status, body: said } = await connection.ask(
        encode({ at: port, method: 'POST', path: '/REST/container/', body }),
      );
      if (status !== 200) throw new Error(`${operation} of ${container_name}: ${status} ${String(said)}`);
    },
    close: () => connection.close(),
  };
}

/**
 * LXD on a busy host may report a failed shutdown that is still in progress, and refuses the next operation until it
 * has ended. Repeats it as a user would, and finally forces it.
 */
const stateAfter: Partial<Record<Verb, string>> = { start: 'Running', stop: 'Stopped' };
const againAfterMs = 100;
const againMs = 10_000;

/** The fields of an operation or a container that are read. */
interface Told {
  readonly id: string;
  readonly err?: string;
  readonly status?: string;
}

export async function daemonWorker({ socket }: Host): Promise<Worker> {
  const connection = await Connection.open(socket);
  const ask = async (target: Omit<Target, 'at'>) => {
    const { body } = await connection.ask(encode({ at: socket, ...target }));
    const answer = JSON.parse(String(body)) as { error?: string; metadata: Told };
    const error = answer.error || answer.metadata.err;
    if (error) throw new Error(`${target.method ?? 'GET'} ${target.path}: ${error}`);
    return answer.metadata;
  };
  return {
    run: async (verb, container) => {
      const act = async (force = false) => {
        const { id } = await ask(requestOf(verb, container, force));
        await ask({ path: `/1.0/operations/${id}/wait?timeout=60` });
      };
      const until = performance.now() + againMs;
      for (;;) {
        try {
          await act();
          return;
        } catch (error) {
          const wanted = stateAfter[verb];
          if (wanted === undefined) throw error;
          if ((await ask({ path: `/1.0/instances/${container}` })).status === wanted) return;
          if (performance.now() < until) await delay(againAfterMs);
          else return act(true);
        }
      }
    },
    close: () => connection.close(),
  };
}

function requestOf(verb: Verb, name: string, force: boolean): Omit<Target, 'at'> {
  switch (verb) {
    case 'create':
      return {
        method: 'POST',
        path: '/1.0/instances',
        body: { name, type: 'container', source: { type: 'image', alias: 'tiny' } },
      };
    case 'delete':
      return { method: 'DELETE', path: `/1.0/instances/${name}` };
    default:
      return {
        method: 'PUT',
        path: `/1.0/instances/${name}/state`,
        body: { action: verb, timeout: 30, force, stateful: false },
      };
  }
}
