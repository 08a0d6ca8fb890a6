/** Handlers of calls about containers, snapshots and commands. */
import { status } from '@grpc/grpc-js';
import { availableParallelism } from 'node:os';
import { CopaError } from '../../common/errors.js';
import type { AgentHandlers } from '../../proto/gen/copa/agent/v1/Agent.js';
import type { ExecInput__Output } from '../../proto/gen/copa/agent/v1/ExecInput.js';
import type { ExecOutput } from '../../proto/gen/copa/agent/v1/ExecOutput.js';
import type { GetInformationRequest__Output } from '../../proto/gen/copa/agent/v1/GetInformationRequest.js';
import { checkLabels, checkRules } from './label-validation.js';
import * as check from './validation.js';
import type { UserInput } from '../containers/exec-sessions.js';
import { checkInterface, checkNetworkName } from './network-validation.js';
import { WorkQueue } from '../../common/async/work-queue.js';
import type { Calls } from './calls.js';
import type { AgentParts } from './parts.js';

/** Concurrency of changes that use processors and disk. More than two per processor only slow each other down. */
const changesMax = { atOnceMax: Math.max(4, 2 * availableParallelism()), waitingMax: 512 };
/**
 * Concurrency of changes that mostly wait, high enough that none delays another: stopping a container can take an
 * hour, and the daemon sometimes waits a second to freeze one.
 */
const waitsMax = { atOnceMax: 512, waitingMax: 0 };

export function containerCalls(calls: Calls, parts: AgentParts) {
  const queues = {
    changes: new WorkQueue('changes', changesMax),
    copies: new WorkQueue('copies', changesMax),
    waits: new WorkQueue('stops and freezes', waitsMax),
  };
  return {
    ...readCalls(calls, parts),
    ...changeCalls(calls, queues, parts),
    ...snapshotCalls(calls, queues, parts),
    ...execCalls(calls, parts),
  } satisfies Partial<AgentHandlers>;
}

type Queues = Readonly<Record<'changes' | 'copies' | 'waits', WorkQueue>>;

function readCalls(calls: Calls, { containers }: AgentParts) {
  const listContainers = async () => ({ names: await containers.list() });
  const getInformation = async ({ container, limit, after }: GetInformationRequest__Output) => {
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
  };
  return {
    ListContainers: calls.read(listContainers),
    GetInformation: calls.read(getInformation),
    Ask: calls.ask(async (question) => {
      if (question.getInformation) return { getInformation: await getInformation(question.getInformation) };
      if (question.listContainers) return { listContainers: await listContainers() };
      // From a controller that is newer than this agent.
      return { failure: { status: status.UNIMPLEMENTED } };
    }),
    GetConsoleLog: calls.unary(async ({ container }) => ({
      log: await containers.consoleLog(check.container(container)),
    })),
  } satisfies Partial<AgentHandlers>;
}

function changeCalls(calls: Calls, { changes, copies, waits }: Queues, { containers }: AgentParts) {
  return {
    CreateContainer: calls.change(changes, ({ container, image, limits, interface: nic }) =>
      containers.create(
        check.container(container),
        check.image(image),
        check.limits(limits),
        nic ? checkInterface(nic) : undefined,
      ),
    ),
    AttachNetwork: calls.change(changes, ({ container, interface: nic }) =>
      containers.attach(check.container(container), checkInterface(nic)),
    ),
    DetachNetwork: calls.change(changes, ({ container, network }) =>
      containers.detach(check.container(container), checkNetworkName(network)),
    ),
    StartContainer: calls.change(changes, ({ container }) => containers.start(check.container(container))),
    StopContainer: calls.change(waits, ({ container, timeoutSeconds }) =>
      containers.stop(check.container(container), check.stopTimeout(timeoutSeconds)),
    ),
    FreezeContainer: calls.change(waits, ({ container }) => containers.freeze(check.container(container))),
    UnfreezeContainer: calls.change(waits, ({ container }) =>
      containers.unfreeze(check.container(container)),
    ),
    DeleteContainer: calls.change(changes, ({ container }) => containers.delete(check.container(container))),
    RestartContainer: calls.change(waits, ({ container, timeoutSeconds }) =>
      containers.restart(check.container(container), check.stopTimeout(timeoutSeconds)),
    ),
    RenameContainer: calls.change(changes, ({ container, newName }) =>
      containers.rename(check.container(container), check.newName(newName)),
    ),
    CopyContainer: calls.change(copies, ({ container, newName, interfaces }) =>
      containers.copy(check.container(container), check.newName(newName), interfaces.map(checkInterface)),
    ),
    SetLimits: calls.change(changes, ({ container, limits }) =>
      containers.limit(check.container(container), check.limits(limits)),
    ),
    SetLabels: calls.change(changes, ({ container, set, removed, rules }) =>
      containers.label(check.container(container), checkLabels(set, removed), checkRules(rules)),
    ),
  } satisfies Partial<AgentHandlers>;
}

function snapshotCalls(calls: Calls, { changes, copies, waits }: Queues, { snapshots }: AgentParts) {
  return {
    ListSnapshots: calls.unary(async ({ container }) => ({
      snapshots: (await snapshots.list(check.container(container))).map(({ name, created_at }) => ({
        name,
        createdAt: created_at,
      })),
    })),
    CreateSnapshot: calls.change(copies, ({ container, snapshot }) =>
      snapshots.create(check.container(container), check.snapshot(snapshot)),
    ),
    RestoreSnapshot: calls.change(waits, ({ container, snapshot, timeoutSeconds }) =>
      snapshots.restore(
        check.container(container),
        check.snapshot(snapshot),
        check.stopTimeout(timeoutSeconds),
      ),
    ),
    DeleteSnapshot: calls.change(changes, ({ container, snapshot }) =>
      snapshots.delete(check.container(container), check.snapshot(snapshot)),
    ),
  } satisfies Partial<AgentHandlers>;
}

function execCalls(calls: Calls, { commands }: AgentParts) {
  return {
    Execute: calls.unary(({ container, command, timeoutSeconds }, _, gone) => {
      check.container(container);
      if (command.length === 0) throw new CopaError('invalid_argument', 'command is empty');
      return commands.run(container, check.words(command), check.stopTimeout(timeoutSeconds), gone());
    }),
    Exec: calls.talk<ExecInput__Output, ExecOutput>(async ({ inputs, ...rest }) => {
      const { start } = (await inputs.next()).value ?? {};
      if (!start) throw new CopaError('invalid_argument', 'the first message is start');
      const size = start.size ? check.terminalSize(start.size) : undefined;
      check.container(start.container);
      await commands.attend(start.container, check.words(start.command), {
        ...rest,
        size,
        inputs: checked(inputs, size !== undefined),
      });
    }),
  } satisfies Partial<AgentHandlers>;
}

/** The user's messages, validated one by one. */
async function* checked(
  inputs: AsyncIterator<ExecInput__Output, undefined>,
  isTerminal: boolean,
): AsyncGenerator<UserInput, undefined> {
  for (;;) {
    const { done, value } = await inputs.next();
    if (done) return undefined;
    if (isTerminal ? value.stdinEnd : value.resize) {
      const rule = 'a terminal has a size, and plain streams an end';
      throw new CopaError('invalid_argument', `${value.kind ?? 'a message'} is not possible here: ${rule}`);
    }
    yield value.resize ? { resize: check.terminalSize(value.resize) } : value;
  }
}
