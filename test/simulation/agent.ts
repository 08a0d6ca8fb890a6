// An agent of a host: the real code of a migration (agent/migration) and the real table of its calls, on a model of
// its daemon. Its files survive when it is killed.
import type { Logger } from 'pino';
import { KeyedMutex } from '../../common/async/keyed-mutex.js';
import { CopaError, messageOf } from '../../common/errors.js';
import { migrationCalls } from '../../agent/grpc/migration-handlers.js';
import type { Calls } from '../../agent/grpc/calls.js';
import type { AgentParts } from '../../agent/grpc/parts.js';
import type { LxdClient } from '../../agent/lxd/client.js';
import { hostRoot } from '../../agent/lxd/daemon-root.js';
import { describeDaemon } from '../../agent/lxd/daemon.js';
import type { followInstances } from '../../agent/lxd/events.js';
import type { CheckContainer } from '../../agent/migration/container-check.js';
import { DestinationSide } from '../../agent/migration/destination.js';
import { Fences, type FenceFiles, type Memory } from '../../agent/migration/fences.js';
import { ParkingLot } from '../../agent/migration/parking.js';
import { SourceSide } from '../../agent/migration/source.js';
import { StrayMarks } from '../../agent/migration/stray-marks.js';
import { Transfers } from '../../agent/migration/transfers.js';
import type { StreamListener } from '../../agent/transport/listener.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import { agentService } from '../../proto/loader.js';
import type { Random } from '../chaos/random.js';
import type { Daemon } from './daemon.js';
import { Process, type Timeline } from './time.js';
import { ModelTransfer, type Meeting } from './transfer.js';

export interface HostWorld {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly meeting: Meeting;
  readonly forgetsFences: boolean;
  readonly report: (violation: string) => void;
}

type Handler = (request: unknown) => Promise<unknown>;

/** The files on the host's disk. */
export interface AgentDisk {
  readonly leftovers: Map<string, string>;
  readonly fences: Map<string, Memory>;
}

interface Codec {
  readonly requestSerialize: (value: unknown) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (value: unknown) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}

/** The real encoding, which adds defaults for missing fields. */
const codecs = agentService as unknown as Record<string, Codec>;

export class Agent {
  readonly process: Process;
  readonly #handlers: Record<string, Handler>;

  constructor(
    readonly host: string,
    daemon: () => Daemon,
    disk: AgentDisk,
    private readonly world: HostWorld,
  ) {
    const { timeline, meeting, random } = world;
    const process = (this.process = new Process(timeline));
    const lxd = clientOf(daemon, process, random);
    const mutex = new KeyedMutex();
    const transfers = new Transfers(
      (options, parts) => new ModelTransfer(options, parts, { host, process, lxd, meeting }),
    );
    const shared = {
      lxd,
      mutex,
      transfers,
      fences: world.forgetsFences ? forgetful : new Fences(fencesOn(disk)),
      listener: undefined as unknown as StreamListener,
      identity: undefined as unknown as TlsIdentity,
      lateShutdowns: { expect: () => Promise.resolve(), forget: () => Promise.resolve() },
    };
    const parts = {
      ...shared,
      daemon: () => describeDaemon(lxd),
      allowed: new Set(),
      source: new SourceSide(shared),
      strayMarks: new StrayMarks(shared),
      parking: new ParkingLot(shared),
      destination: new DestinationSide({
        ...shared,
        daemon: () => describeDaemon(lxd),
        allowed: new Set(),
        leftovers: leftoversOn(disk),
        followInstances: followOn(daemon),
        checkContainer: checkOn(process, random),
      }),
    } as unknown as AgentParts;
    const calls = { unary: (work: Handler) => work, stream: (work: Handler) => work } as unknown as Calls;
    this.#handlers = {
      ...(migrationCalls(calls, parts) as unknown as Record<string, Handler>),
      DescribeHost: () =>
        Promise.resolve({ pool: host, server: 'lxd', streamPort: 8002, streamFeatures: [] }),
      ListContainers: () => Promise.resolve({ names: [...daemon().instances.keys()] }),
      GetInformation: async () => {
        const all = await lxd.get<{ readonly name: string }[]>('/1.0/instances');
        return { containers: all.map(({ name }) => ({ container: name, memoryJson: '{"usage":1000000}' })) };
      },
      ProbeStream: () => Promise.resolve({}),
    };
  }

  /** The work of a unary call. Its error is sent as the reply. */
  async serve(method: string, request: unknown): Promise<unknown> {
    const codec = codecs[method] as Codec;
    const decoded = codec.requestDeserialize(codec.requestSerialize(request));
    const reply = await this.#run(method, decoded);
    return codec.responseDeserialize(codec.responseSerialize(reply));
  }

  /** A streaming call, until it has ended. */
  async stream(method: string, request: unknown, call: object): Promise<void> {
    const codec = codecs[method] as Codec;
    await this.#run(method, { ...call, request: codec.requestDeserialize(codec.requestSerialize(request)) });
  }

  async #run(method: string, input: unknown): Promise<unknown> {
    const handler = this.#handlers[method];
    if (!handler) throw new Error(`the model of an agent knows no ${method}`);
    try {
      return await handler(input);
    } catch (error) {
      if (error instanceof CopaError) throw error;
      this.world.report(`bug in the agent of ${this.host}, ${method}: ${(error as Error).stack ?? ''}`);
      throw new CopaError('internal', messageOf(error));
    }
  }
}

export function silentLog(onMessage: (level: string, fields: object, message: string) => void): Logger {
  const at = (level: string) => (fields: object, message: string) => onMessage(level, fields, message);
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return log as unknown as Logger;
}

/** The daemon's events that show who stopped a container. */
function followOn(daemon: () => Daemon): typeof followInstances {
  return (_lxd, onEvent) => {
    const { onStopped } = daemon();
    const notify = (name: string) => onEvent({ kind: 'touched', name, stopped: 'by request' });
    onStopped.add(notify);
    return Promise.resolve({ ended: Promise.resolve(), close: () => void onStopped.delete(notify) });
  };
}

/** A check that passes or fails after some time, by chance. */
function checkOn(process: Process, random: Random): CheckContainer {
  return async (_lxd, _container, { timeoutMs }) => {
    await process.clock.delay(random.between(10, timeoutMs));
    return random.next() < 0.5
      ? { outcome: 'passed', message: 'by chance' }
      : { outcome: 'failed', message: 'by chance' };
  };
}

/** The notes of agent/migration/leftovers.ts. The storage of these hosts leaves no directories. */
function leftoversOn({ leftovers }: AgentDisk) {
  const forget = (migrationId: string, container: string) => {
    if (leftovers.get(container) === migrationId) leftovers.delete(container);
    return Promise.resolve();
  };
  const expect = (migrationId: string, container: string) => {
    leftovers.set(container, migrationId);
    return Promise.resolve();
  };
  return { expect, remove: forget, forget };
}

const unknown: Memory = { fence: 0, released: false };

const forgetful = {
  admit: () => Promise.resolve(),
  recall: () => Promise.resolve(unknown),
  noteReleased: () => Promise.resolve(),
} as unknown as Fences;

function fencesOn({ fences }: AgentDisk): FenceFiles {
  return {
    read: (id) => Promise.resolve(fences.get(id) ?? unknown),
    write: (id, memory) => {
      fences.set(id, memory);
      return Promise.resolve();
    },
  };
}

/** The agent's client of its daemon (agent/lxd/client.ts), with its time-outs. */
function clientOf(daemonOf: () => Daemon, process: Process, random: Random): LxdClient {
  const gone = () => new CopaError('unavailable', 'the daemon does not answer');
  const request = (method: string, path: string, options: RequestOptions = {}) =>
    new Promise<{ value: unknown; etag: string }>((resolve, reject) => {
      const { body, etag, timeoutMs = 30_000 } = options;
      const late = () => new CopaError('deadline_exceeded', `the daemon took more than ${timeoutMs} ms`);
      const stopTimer = process.after(timeoutMs, () => reject(late()));
      const back = (settle: () => void) => {
        stopTimer();
        process.after(random.between(0.2, 2), settle);
      };
      const daemon = daemonOf();
      if (!daemon.process.isAlive) {
        back(() => reject(gone()));
        return;
      }
      const alive = daemon.process.onDeath(() => back(() => reject(gone())));
      daemon.process.after(random.between(0.2, 2), () => {
        answerOf(daemon, { method, path, body, etag })
          .finally(alive)
          .then(
            (answer) => back(() => resolve(answer)),
            (error: unknown) => back(() => reject(asError(error))),
          );
      });
    });
  const get = async (path: string, timeoutMs?: number) =>
    (await request('GET', path, timeoutMs === undefined ? {} : { timeoutMs })).value;
  const client = {
    request,
    get,
    getShared: get,
    socketPath: '/model/unix.socket',
    clock: process.clock,
    root: () => Promise.resolve(hostRoot),
    readMountInfo: () => Promise.resolve(''),
    websocket: async (operation: string) => {
      await get(`/1.0/operations/${operation}`);
      return daemonOf().wires.open(operation);
    },
  };
  return client as unknown as LxdClient;
}

interface RequestOptions {
  readonly body?: unknown;
  readonly etag?: string;
  readonly timeoutMs?: number;
}

async function answerOf(
  daemon: Daemon,
  asked: { method: string; path: string; body: unknown; etag: string | undefined },
): Promise<{ value: unknown; etag: string }> {
  const name = decodeURIComponent(asked.path.split('?')[0]?.split('/')[3] ?? '');
  const etag = asked.path.includes('/volumes/')
    ? daemon.volumes.etagOf(asked.path)
    : String(daemon.instances.get(name)?.etag ?? '');
  return { value: await daemon.handle(asked), etag };
}

/** Converts a thrown value to an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
