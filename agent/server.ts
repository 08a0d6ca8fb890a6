/** The agent's gRPC port: who calls is checked, what is asked is checked, the error is mapped; nothing else. */
import {
  experimental,
  Server,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import { CopaError, isUnknownOutcome, messageOf } from '../proto/errors.js';
import type { AgentHandlers } from '../proto/gen/copa/agent/v1/Agent.js';
import type { ExecInput__Output } from '../proto/gen/copa/agent/v1/ExecInput.js';
import type { ExecOutput } from '../proto/gen/copa/agent/v1/ExecOutput.js';
import type { MigrationCommand__Output } from '../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { TransferEvent } from '../proto/gen/copa/agent/v1/TransferEvent.js';
import type { Usage } from '../proto/gen/copa/agent/v1/Usage.js';
import type { WatchEvent } from '../proto/gen/copa/agent/v1/WatchEvent.js';
import { grpcErrorOf } from '../proto/grpc-errors.js';
import { identityOf, identityUri } from '../proto/identity.js';
import { agentService, messageBytesMax } from '../proto/load.js';
import { outcomeOf, timed } from '../proto/metrics.js';
import { requestIdFrom, requestIdHeader, withRequestId } from '../proto/request-id.js';
import { GrpcCredentials, type Standing } from '../proto/standing.js';
import * as check from './checks.js';
import type { Commands, TerminalInput } from './commands.js';
import type { Containers } from './containers.js';
import type { IdentityKeeper } from './identity/keeper.js';
import { listImages } from './images.js';
import { Lane } from './lane.js';
import type { LxdClient } from './lxd/client.js';
import { calls, streams } from './metrics.js';
import type { Daemon } from './lxd/daemon.js';
import type { DestinationSide } from './migration/destination.js';
import { checkDestination, inspectSource } from './migration/preflight.js';
import type { SourceSide } from './migration/source.js';
import type { Transfer, Transfers } from './migration/transfer.js';
import type { Snapshots } from './snapshots.js';
import type { PrivilegeKind } from './privileges.js';
import { stateOfCopy } from './migration/copy-state.js';
import { openChannel } from '../proto/stream.js';
import { UsageFollower } from './usage/usage.js';
import { Follower } from './watch/follower.js';
import type { HostWatch } from './watch/host.js';

/** What occupies processors and disk, a few at a time; past two for each processor they only slow each other down. */
const changesMax = { atOnceMax: Math.max(4, 2 * availableParallelism()), waitingMax: 512 };
/** Whatever stops a container mostly waits for it, perhaps for an hour: nobody has to wait behind one. */
const stopsMax = { atOnceMax: 512, waitingMax: 0 };

/** How often a transfer's watcher hears of its progress. */
const progressIntervalMs = 500;

export interface AgentParts {
  readonly pool: string;
  readonly streamPort: number;
  readonly standing: Standing;
  readonly keeper: IdentityKeeper;
  /** What containers that come from other hosts may do to this one. */
  readonly allowed: ReadonlySet<PrivilegeKind>;
  readonly lxd: LxdClient;
  readonly daemon: () => Promise<Daemon>;
  readonly containers: Containers;
  readonly snapshots: Snapshots;
  readonly commands: Commands;
  readonly source: SourceSide;
  readonly destination: DestinationSide;
  readonly transfers: Transfers;
  readonly watch: HostWatch;
  readonly log: Logger;
}

type WithCommand<T extends { command: MigrationCommand__Output | null }> = T & {
  command: MigrationCommand__Output;
};

export class AgentServer {
  readonly #server: Server;

  constructor(private readonly parts: AgentParts) {
    this.#server = new Server({
      'grpc.max_receive_message_length': messageBytesMax,
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5_000,
    });
    this.#server.addService(agentService, this.#handlers());
  }

  /** Listens with mutual TLS: a caller without a certificate of our CA does not get past the handshake. */
  async listen(address: string): Promise<number> {
    // A new certificate of ours counts from the next connection on; what is open goes on.
    const own = new GrpcCredentials(this.parts.standing);
    const credentials = experimental.createCertificateProviderServerCredentials(own, own, true);
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #handlers(): AgentHandlers {
    const { parts } = this;
    const changes = new Lane('changes', changesMax);
    const copies = new Lane('copies', changesMax);
    const stops = new Lane('stops', stopsMax);
    const { containers, snapshots, commands, source, destination, lxd, keeper } = parts;
    const done = async (work: Promise<void>) => {
      await work;
      return {};
    };
    return {
      DescribeHost: this.#unary(async () => {
        const daemon = await parts.daemon();
        return {
          pool: parts.pool,
          server: daemon.kind,
          serverVersion: daemon.version,
          streamPort: parts.streamPort,
        };
      }),
      ListContainers: this.#unary(async () => ({ names: await containers.list() })),
      GetInformation: this.#unary(async ({ container, limit, after }) => {
        if (container) check.container(container);
        if (after) check.container(after);
        const { items, next } =
          check.informationLimit(limit) > 0
            ? await containers.informationPage(limit, after)
            : { items: await containers.information(container || undefined), next: '' };
        return {
          next,
          containers: items.map(({ container: name, state }) => ({
            container: name,
            diskJson: JSON.stringify(state.disk),
            memoryJson: JSON.stringify(state.memory),
            networkJson: JSON.stringify(state.network),
            cpuJson: state.cpu === undefined ? '' : JSON.stringify(state.cpu),
          })),
        };
      }),
      Watch: this.#watch(
        ({ heartbeatMs }, send: (event: WatchEvent) => boolean) =>
          new Follower(parts.watch, check.interval('heartbeat_ms', heartbeatMs), send),
      ),
      WatchUsage: this.#watch(({ intervalMs }, send: (usage: Usage) => boolean) => {
        check.interval('interval_ms', intervalMs);
        return new UsageFollower(lxd, parts.watch, intervalMs, send);
      }),
      ListImages: this.#unary(async () => ({
        images: (await listImages(lxd)).map(({ fingerprint, aliases }) => ({
          fingerprint,
          aliases: (aliases ?? []).map(({ name }) => name),
        })),
      })),

      CreateContainer: this.#change(changes, ({ container, image, limits }) =>
        containers.create(check.container(container), check.image(image), check.limits(limits)),
      ),
      StartContainer: this.#change(changes, ({ container }) => containers.start(check.container(container))),
      StopContainer: this.#change(stops, ({ container, timeoutSeconds }) =>
        containers.stop(check.container(container), check.stopTimeout(timeoutSeconds)),
      ),
      FreezeContainer: this.#change(changes, ({ container }) =>
        containers.freeze(check.container(container)),
      ),
      UnfreezeContainer: this.#change(changes, ({ container }) =>
        containers.unfreeze(check.container(container)),
      ),
      DeleteContainer: this.#change(changes, ({ container }) =>
        containers.delete(check.container(container)),
      ),
      RestartContainer: this.#change(stops, ({ container, timeoutSeconds }) =>
        containers.restart(check.container(container), check.stopTimeout(timeoutSeconds)),
      ),
      RenameContainer: this.#change(changes, ({ container, newName }) =>
        containers.rename(check.container(container), check.newName(newName)),
      ),
      CopyContainer: this.#change(copies, ({ container, newName }) =>
        containers.copy(check.container(container), check.newName(newName)),
      ),
      SetLimits: this.#change(changes, ({ container, limits }) =>
        containers.limit(check.container(container), check.limits(limits)),
      ),
      GetConsoleLog: this.#unary(async ({ container }) => ({
        log: await containers.consoleLog(check.container(container)),
      })),

      Execute: this.#unary(({ container, command, timeoutSeconds }, _, gone) => {
        check.container(container);
        if (command.length === 0) throw new CopaError('invalid_argument', 'command is empty');
        return commands.run(container, check.words(command), check.stopTimeout(timeoutSeconds), gone());
      }),
      Exec: this.#talk<ExecInput__Output, ExecOutput>(async ({ inputs, ...rest }) => {
        const { start } = (await inputs.next()).value ?? {};
        if (!start) throw new CopaError('invalid_argument', 'the first message is start');
        const size = check.terminalSize(start.size);
        check.container(start.container);
        await commands.attend(start.container, check.words(start.command), {
          ...rest,
          size,
          inputs: checked(inputs),
        });
      }),

      ListSnapshots: this.#unary(async ({ container }) => ({
        snapshots: (await snapshots.list(check.container(container))).map(({ name, created_at }) => ({
          name,
          createdAt: created_at,
        })),
      })),
      CreateSnapshot: this.#change(copies, ({ container, snapshot }) =>
        snapshots.create(check.container(container), check.snapshot(snapshot)),
      ),
      RestoreSnapshot: this.#change(stops, ({ container, snapshot, timeoutSeconds }) =>
        snapshots.restore(
          check.container(container),
          check.snapshot(snapshot),
          check.stopTimeout(timeoutSeconds),
        ),
      ),
      DeleteSnapshot: this.#change(changes, ({ container, snapshot }) =>
        snapshots.delete(check.container(container), check.snapshot(snapshot)),
      ),

      DescribeIdentity: this.#unary(() => Promise.resolve({ certificate: keeper.certificate })),
      UpdateTrust: this.#unary(({ trust }) => done(keeper.updateTrust(check.trust(trust)))),
      PrepareCertificate: this.#unary(async () => ({ request: await keeper.prepare() })),
      InstallCertificate: this.#unary(({ certificate, trust }) =>
        done(keeper.install(check.certificate(certificate), check.trust(trust))),
      ),

      InspectSource: this.#unary(async ({ container, ...options }) =>
        inspectSource(lxd, await parts.daemon(), check.container(container), options),
      ),
      CheckDestination: this.#unary(async ({ manifest, live }) =>
        checkDestination(lxd, await parts.daemon(), check.manifest(manifest), live, parts.allowed),
      ),
      ProbeStream: this.#unary(async ({ address, pool }) => {
        const expected = { role: 'agent', name: check.pool(pool) } as const;
        const hello = { ticket: '', channel: 'probe' } as const;
        (await openChannel(check.address(address), expected, parts.standing, hello)).destroy();
        return {};
      }),
      ObserveCopy: this.#unary((command) => stateOfCopy(lxd, check.command(command))),
      ClaimSource: this.#unary((command) => source.claim(check.command(command))),
      HoldSource: this.#unary((request) => {
        const { command, force, live } = commanded(request);
        return source.hold(command, {
          timeoutSeconds: check.stopTimeout(request.timeoutSeconds),
          force,
          live,
        });
      }),
      ActivateDestination: this.#unary((request) =>
        destination.activate(commanded(request).command, request.run),
      ),
      RemoveSource: this.#unary((request) => {
        if (request.keepAs) check.container(request.keepAs);
        return done(source.remove(commanded(request).command, request.keepAs));
      }),
      ReleaseDestination: this.#unary((command) => done(destination.release(check.command(command)))),
      RestoreSource: this.#unary((request) => source.restore(commanded(request).command, request.run)),
      RemoveDestination: this.#unary((command) => done(destination.remove(check.command(command)))),

      SendCopy: this.#transfer((request) => {
        check.transfer(request);
        if (request.attachOnly) return parts.transfers.watch(request.transferId);
        if (!request.relayed) {
          check.address(request.destinationAddress);
          check.pool(request.destinationPool);
        }
        if (request.helperSnapshot) check.helperSnapshot(request.helperSnapshot, request.transferId);
        return source.send(commanded(request));
      }),
      ReceiveCopy: this.#transfer((request) => {
        check.transfer(request);
        if (request.attachOnly) return parts.transfers.watch(request.transferId);
        if (!request.relayed) check.pool(request.sourcePool);
        const manifest = check.manifest(request.manifest);
        const withCommand = commanded(request);
        if (manifest.container !== withCommand.command.container) {
          throw new CopaError('invalid_argument', 'manifest.container is not the container of the command');
        }
        return destination.receive({ ...withCommand, manifest });
      }),
    };
  }

  /** A call that changes something, in a lane; it is not begun when its caller has given it up by its turn. */
  #change<Request>(lane: Lane, work: (request: Request) => Promise<void>) {
    return this.#unary(async (request: Request, isGone) => {
      await lane.run(() => work(request), isGone);
      return {};
    });
  }

  #unary<Request, Reply>(
    work: (request: Request, isGone: () => boolean, gone: () => AbortSignal) => Promise<Reply>,
  ) {
    return (
      call: ServerUnaryCall<Request, Reply>,
      answer: (error: Partial<ServiceError> | null, reply?: Reply) => void,
    ): void => {
      const reply = async () => {
        this.#admit(call);
        return work(
          call.request,
          () => call.cancelled,
          () => abandonment(call),
        );
      };
      asRequested(call, () => {
        timed(calls, { method: methodOf(call) }, reply).then(
          (value) => answer(null, value),
          (error: unknown) => answer(this.#status(error, call.getPath())),
        );
      });
    };
  }

  /** Streams the progress of the transfer that the request names, until it has ended. */
  #transfer<Request>(find: (request: Request) => Promise<Transfer> | Transfer) {
    return (call: ServerWritableStream<Request, TransferEvent>): void => {
      const follow = async () => {
        this.#admit(call);
        const transfer = await find(call.request);
        call.write({ ready: true, bytes: transfer.bytes });
        const timer = setInterval(() => {
          // A watcher that does not read is not written to: the numbers are only the latest ones anyway.
          if (call.writableLength === 0) call.write({ bytes: transfer.bytes });
        }, progressIntervalMs);
        call.once('cancelled', () => clearInterval(timer));
        const error = await transfer.outcome;
        clearInterval(timer);
        if (error) throw passFailure(error);
        call.write({ bytes: transfer.bytes });
        call.end();
      };
      const method = methodOf(call);
      asRequested(call, () => {
        follow().then(
          () => streams.inc({ method, outcome: 'ok' }),
          (error: unknown) => {
            streams.inc({ method, outcome: outcomeOf(error) });
            call.emit('error', this.#status(error, call.getPath()));
          },
        );
      });
    };
  }

  /** A call in which both sides speak; it ends when the work does. */
  #talk<Input, Output>(work: (talk: Talk<Input, Output>) => Promise<void>) {
    return (call: ServerDuplexStream<Input, Output>): void => {
      const method = methodOf(call);
      const talk = async () => {
        this.#admit(call);
        const signal = abandonment(call);
        const write = async (output: Output) => {
          if (!call.write(output)) await once(call, 'drain', { signal });
        };
        await work({
          inputs: call[Symbol.asyncIterator]() as AsyncIterator<Input, undefined>,
          write,
          signal,
        });
        call.end();
      };
      asRequested(call, () => {
        talk().then(
          () => streams.inc({ method, outcome: 'ok' }),
          (error: unknown) => {
            streams.inc({ method, outcome: outcomeOf(error) });
            call.emit('error', this.#status(error, call.getPath()));
          },
        );
      });
    };
  }

  /** Sends what `follow` tells, until the caller leaves; it is told when the caller has read what was sent. */
  #watch<Request, Event>(
    follow: (request: Request, send: (event: Event) => boolean) => { drained(): void; close(): void },
  ) {
    return (call: ServerWritableStream<Request, Event>): void => {
      try {
        this.#admit(call);
        const follower = follow(call.request, (event) => call.write(event));
        call.on('drain', () => follower.drained());
        call.once('cancelled', () => follower.close());
      } catch (error) {
        call.emit('error', this.#status(error, call.getPath()));
      }
    };
  }

  /** Only controllers may ask anything of an agent; a foreign CA's certificate never comes this far. */
  #admit(call: Call): void {
    const peer = identityOf(call.getAuthContext().sslPeerCertificate?.subjectaltname);
    if (peer?.role === 'controller') return;
    const who = peer ? identityUri(peer) : 'a certificate that names nobody of COPA';
    this.parts.log.warn({ peer: call.getPeer(), who, method: call.getPath() }, 'call refused');
    throw new CopaError('permission_denied', `${who} may not command this agent; only a controller may`);
  }

  #status(error: unknown, method: string): Partial<ServiceError> {
    if (error instanceof CopaError) {
      this.parts.log.debug({ method, code: error.code, reason: error.message }, 'call failed');
    } else {
      this.parts.log.error({ method, err: error, reason: messageOf(error) }, 'bug: unexpected error');
    }
    return grpcErrorOf(error);
  }
}

type Call =
  | ServerUnaryCall<unknown, unknown>
  | ServerWritableStream<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>;

interface Talk<Input, Output> {
  readonly inputs: AsyncIterator<Input, undefined>;
  /** Resolves when more may be written. */
  readonly write: (output: Output) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Aborts when the caller has given the call up, or is gone; also after its end, when it does not matter. */
function abandonment(call: { once(event: 'cancelled', listener: () => void): unknown }): AbortSignal {
  const controller = new AbortController();
  call.once('cancelled', () => controller.abort());
  return controller.signal;
}

/** What a user's side of a terminal says, checked message by message. */
async function* checked(
  inputs: AsyncIterator<ExecInput__Output, undefined>,
): AsyncGenerator<TerminalInput, undefined> {
  for (;;) {
    const { done, value } = await inputs.next();
    if (done) return undefined;
    yield value.resize ? { resize: check.terminalSize(value.resize) } : value;
  }
}

/** Does a call's work under the id of the request that it is for, or under a new one. */
function asRequested(call: Call, work: () => void): void {
  withRequestId(requestIdFrom(call.metadata.get(requestIdHeader)[0]), work);
}

function methodOf(call: Call): string {
  return call.getPath().split('/').at(-1) ?? '';
}

/**
 * How a failed pass is told: a broken stream is no unknown outcome here, the pass has ended (`aborted`);
 * "unavailable" is left for callers who lost the agent itself.
 */
function passFailure(error: CopaError): CopaError {
  return isUnknownOutcome(error) ? new CopaError('aborted', error.message, { cause: error }) : error;
}

function commanded<T extends { command: MigrationCommand__Output | null }>(request: T): WithCommand<T> {
  return { ...request, command: check.command(request.command) };
}
