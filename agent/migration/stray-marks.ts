/**
 * Marks that no open migration stands behind: after a host was given up, in a restored snapshot or a copy, or because
 * the controller's record is lost. The controller decides what becomes of each.
 */
import type { ContainerMark } from '../../proto/gen/copa/agent/v1/ContainerMark.js';
import type { CopyState } from '../../proto/gen/copa/agent/v1/CopyState.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import {
  findInstance,
  getInstance,
  kill,
  listInstances,
  renameInstance,
  shutDown,
  updateInstance,
} from '../lxd/instances.js';
import { settleOperations } from '../lxd/operations.js';
import type { Instance } from '../lxd/types.js';
import { holding, markOf, migrationKey, writtenMark } from '../model/marks.js';
import { findMarked, stateOfCopy } from './copy-state.js';
import { dressKept } from './kept-copy.js';
import { deleteHelpers, releaseCopy } from './release.js';
import { migrationStep, type StepParts } from './step.js';
import type { Transfers } from './transfers.js';

const settleTimeoutMs = 60_000;

/** A copy that lost is killed if it does not obey for so long. */
const shutDownSeconds = 30;

export class StrayMarks {
  constructor(private readonly parts: StepParts & { readonly transfers: Transfers }) {}

  async list(): Promise<ContainerMark[]> {
    const marked = (await listInstances(this.parts.lxd)).filter(({ config }) => migrationKey in config);
    return Promise.all(marked.map((instance) => this.#described(instance)));
  }

  /** Both what the daemon has, and what this host remembers. */
  async observe(command: MigrationCommand__Output): Promise<CopyState> {
    const state = await stateOfCopy(this.parts.lxd, command);
    return { ...state, ...(await this.parts.fences.recall(command.migrationId)) };
  }

  remove(command: MigrationCommand__Output, onlyForeign: boolean): Promise<void> {
    return migrationStep(
      this.parts,
      command,
      { action: 'migration end', isBrief: true },
      async (instance) => {
        if (instance?.config[migrationKey] !== command.migrationId) return;
        if (onlyForeign && markOf(instance)) return;
        await releaseCopy(this.parts.lxd, instance, command.migrationId);
      },
    );
  }

  setAside(command: MigrationCommand__Output, keepAs: string): Promise<void> {
    return migrationStep(this.parts, command, { action: 'migration end' }, async () => {
      const { lxd, transfers } = this.parts;
      const { migrationId } = command;
      await transfers.stopAll(migrationId, 'the migration has ended');
      const found =
        (await findMarked(lxd, command, 'source')) ?? (await findMarked(lxd, command, 'destination'));
      if (found && found.name !== keepAs) {
        await settleOperations(lxd, found.name, settleTimeoutMs);
        await this.#stop(found.name);
        await deleteHelpers(lxd, found.name, migrationId);
        await renameInstance(lxd, found.name, keepAs);
      }
      if (await findInstance(lxd, keepAs)) await dressKept(lxd, migrationId, keepAs);
    });
  }

  /** Nothing can start it any more, neither before nor after it has stopped. */
  async #stop(name: string): Promise<void> {
    const { lxd } = this.parts;
    const hold = () =>
      updateInstance(lxd, name, (now) => {
        const mark = markOf(now);
        return mark && holding(now, mark);
      });
    await hold();
    const { status } = await getInstance(lxd, name);
    if (status === 'Stopped') return;
    const isDown = status === 'Running' && (await shutDown(lxd, name, shutDownSeconds));
    if (!isDown) await kill(lxd, name);
    await hold();
  }

  async #described(instance: Instance): Promise<ContainerMark> {
    const migrationId = instance.config[migrationKey] ?? '';
    const mark = writtenMark(instance);
    const { fence } = await this.parts.fences.recall(migrationId);
    return {
      container: instance.name,
      migrationId,
      role: mark?.role ?? '',
      peer: mark?.peer ?? '',
      fence: Math.max(mark?.fence ?? 0, fence),
      foreign: mark !== undefined && markOf(instance) === undefined,
    };
  }
}
