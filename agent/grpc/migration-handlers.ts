/** Handlers of a migration's calls: checks, steps and passes. */
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Clock } from '../../common/async/clock.js';
import { CopaError } from '../../common/errors.js';
import type { AgentHandlers } from '../../proto/gen/copa/agent/v1/Agent.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { RemoveSourceRequest__Output } from '../../proto/gen/copa/agent/v1/RemoveSourceRequest.js';
import type { TransferEvent } from '../../proto/gen/copa/agent/v1/TransferEvent.js';
import { openChannel, probeFullSize } from '../../common/net/stream-channel.js';
import * as check from './validation.js';
import { getInstance } from '../lxd/instances.js';
import { settingsOf } from '../migration/manifest.js';
import { describeProfiles, inspectSource } from '../migration/inspection.js';
import { checkDestination } from '../migration/preflight.js';
import type { TransferHandle } from '../migration/transfers.js';
import type { Calls } from './calls.js';
import { done, passFailure, type AgentParts } from './parts.js';

/** The interval at which a transfer's watcher gets progress. */
const progressIntervalMs = 500;

type WithCommand<T extends { command: MigrationCommand__Output | null }> = T & {
  command: MigrationCommand__Output;
};

export function migrationCalls(calls: Calls, parts: AgentParts) {
  const { lxd, source, destination, strayMarks, transfers } = parts;
  return {
    ...preflightCalls(calls, parts),
    ObserveCopy: calls.unary((command) => strayMarks.observe(check.command(command))),
    ListMarks: calls.unary(async () => ({ marks: await strayMarks.list() })),
    RemoveMark: calls.unary((request) =>
      done(strayMarks.remove(commanded(request).command, request.onlyForeign)),
    ),
    SetCopyAside: calls.unary((request) =>
      done(strayMarks.setAside(commanded(request).command, check.container(request.keepAs))),
    ),
    ClaimSource: calls.unary((command) => source.claim(check.command(command))),
    HoldSource: calls.unary((request) => {
      const { command, force, live } = commanded(request);
      const timeoutSeconds = check.stopTimeout(request.timeoutSeconds);
      return source.hold(command, { timeoutSeconds, force, live });
    }),
    ActivateDestination: calls.unary((request) => {
      const settings = request.settings ? check.manifest(request.settings) : undefined;
      const mapping = check.mapping(request.mapping);
      return destination.activate(commanded(request).command, request.run, settings && { settings, mapping });
    }),
    SettleDestination: calls.unary((request) =>
      destination.settle(
        commanded(request).command,
        check.settleMs(request.settleMs),
        check.containerCheck(request.check),
      ),
    ),
    KeepCopy: calls.unary((request) =>
      done(destination.keep(commanded(request).command, check.container(request.keepAs))),
    ),
    DescribeSettings: calls.unary(async ({ container }) => {
      const instance = await getInstance(lxd, check.container(container));
      const profileSettings = await describeProfiles(lxd, instance.profiles);
      return { ...settingsOf(instance, (await parts.daemon()).kind), profileSettings };
    }),
    ParkContainer: calls.unary((request) => done(parts.parking.park(check.parking(request)))),
    UnparkContainer: calls.unary(({ run, onlyParked, ...request }) =>
      done(parts.parking.unpark(check.parking(request), { run, onlyParked })),
    ),
    RemoveSource: calls.unary((request) => done(removeSource(source, commanded(request)))),
    ReleaseDestination: calls.unary((command) => done(destination.release(check.command(command)))),
    RestoreSource: calls.unary((request) => source.restore(commanded(request).command, request.run)),
    RemoveDestination: calls.unary((command) => done(destination.remove(check.command(command)))),

    SendCopy: calls.stream((call) =>
      follow(lxd.clock, call, (request) => {
        check.transfer(request);
        if (request.attachOnly) return transfers.watch(request.transferId);
        if (!request.relayed) {
          check.address(request.destinationAddress);
          check.pool(request.destinationPool);
        }
        check.byRsync(request.byRsync);
        if (request.helperSnapshot) check.helperSnapshot(request.helperSnapshot, request.transferId);
        check.volumeName(request.volume);
        return source.send(commanded(request));
      }),
    ),
    ReceiveCopy: calls.stream((call) =>
      follow(lxd.clock, call, (request) => {
        check.transfer(request);
        if (request.attachOnly) return transfers.watch(request.transferId);
        if (!request.relayed) check.pool(request.sourcePool);
        const manifest = check.manifest(request.manifest);
        const withCommand = commanded(request);
        if (manifest.container !== withCommand.command.container) {
          throw new CopaError('invalid_argument', 'manifest.container is not the container of the command');
        }
        check.volumeName(request.volume);
        const mapping = check.mapping(request.mapping);
        return destination.receive({ ...withCommand, manifest, mapping });
      }),
    ),
  } satisfies Partial<AgentHandlers>;
}

function removeSource(
  source: AgentParts['source'],
  { command, keepAs, volumes }: WithCommand<RemoveSourceRequest__Output>,
): Promise<void> {
  return source.remove(command, keepAs && check.container(keepAs), check.movedVolumes(volumes));
}

/** What is asked before anything is touched. */
function preflightCalls(calls: Calls, parts: AgentParts) {
  const { lxd } = parts;
  return {
    InspectSource: calls.unary(async ({ container, ...options }) => {
      const { changedSinceMs, migrationId } = options;
      const name = check.container(container);
      const [manifest, changes] = await Promise.all([
        inspectSource(lxd, await parts.daemon(), name, options),
        changedSinceMs > 0 ? parts.source.changes(name, migrationId, changedSinceMs) : undefined,
      ]);
      return changes ? { ...manifest, changes } : manifest;
    }),
    CheckDestination: calls.unary(async ({ manifest, live, mapping }) =>
      checkDestination(lxd, await parts.daemon(), check.manifest(manifest), {
        live,
        mapping: check.mapping(mapping),
        allowed: parts.allowed,
      }),
    ),
    ProbeStream: calls.unary(async ({ address, pool, fullSize }) => {
      const expected = { role: 'agent', name: check.pool(pool) } as const;
      const hello = { ticket: '', channel: 'probe', full: fullSize } as const;
      const socket = await openChannel(check.address(address), expected, parts.tlsIdentity, hello);
      try {
        if (fullSize) await probeFullSize(socket);
      } finally {
        socket.destroy();
      }
      return {};
    }),
  } satisfies Partial<AgentHandlers>;
}

/** Streams the progress of the requested transfer until it has ended. */
async function follow<Request>(
  clock: Clock,
  call: ServerWritableStream<Request, TransferEvent>,
  find: (request: Request) => Promise<TransferHandle> | TransferHandle,
): Promise<void> {
  const transfer = await find(call.request);
  const leave = transfer.attend();
  const { startedAtMs } = transfer;
  call.write({ ready: true, bytes: transfer.bytes, startedAtMs });
  const stopTelling = clock.every(progressIntervalMs, () => {
    // Skips a watcher that does not read, because only the latest numbers matter.
    if (call.writableLength === 0) call.write({ bytes: transfer.bytes });
  });
  call.once('cancelled', () => {
    leave();
    stopTelling();
  });
  const error = await transfer.outcome;
  stopTelling();
  if (error) throw passFailure(error);
  call.write({ bytes: transfer.bytes, byRsync: transfer.byRsync });
}

function commanded<T extends { command: MigrationCommand__Output | null }>(request: T): WithCommand<T> {
  return { ...request, command: check.command(request.command) };
}
