/** Emits events about migrations: each phase, and the copy's progress at intervals. */
import type { InventoryEvent } from '../model/event.js';
import { verdictOf } from './machine.js';
import type { MigrationRecord } from '../model/migration.js';
import type { MigrationRepository } from './repository.js';
import type { MigrationView } from '../model/migration-view.js';

/** Minimum interval of progress events. Both agents report theirs every 500 ms. */
const progressIntervalMs = 450;

interface Parts {
  readonly records: Pick<MigrationRepository, 'all' | 'onChange'>;
  readonly view: (record: MigrationRecord) => MigrationView;
  readonly emit: (event: InventoryEvent) => void;
  readonly now?: () => number;
}

export class MigrationNotifier {
  /** The state of the last emitted events. Undefined before the first list, which causes no events. */
  #known: Map<string, MigrationRecord> | undefined;
  readonly #emittedAtMs = new Map<string, number>();

  constructor(private readonly parts: Parts) {
    parts.records.onChange(() => this.#look());
  }

  /** Called when bytes of a migration have moved. */
  progressed(id: string): void {
    const record = this.#known?.get(id);
    const nowMs = (this.parts.now ?? Date.now)();
    if (!record || nowMs - (this.#emittedAtMs.get(id) ?? 0) < progressIntervalMs) return;
    this.#emittedAtMs.set(id, nowMs);
    this.parts.emit({ type: 'migration.progress', migration: this.parts.view(record) });
  }

  #look(): void {
    const before = this.#known;
    this.#known = new Map(this.parts.records.all().map(({ record }) => [record.id, record]));
    for (const id of this.#emittedAtMs.keys()) if (!this.#known.has(id)) this.#emittedAtMs.delete(id);
    if (!before) return;
    for (const [id, record] of this.#known) {
      if (before.get(id) !== record) this.#emitChange(before.get(id), record);
    }
  }

  #emitChange(before: MigrationRecord | undefined, record: MigrationRecord): void {
    const { view, emit } = this.parts;
    if (before?.phase === record.phase) {
      emit({ type: 'migration.progress', migration: view(record) });
      return;
    }
    emit({ type: 'migration.phase', migration: view(record) });
    const hasMoved = (each: MigrationRecord | undefined) => each && verdictOf(each.phase) === 'moved';
    if (!hasMoved(record) || hasMoved(before)) return;
    const { container, source, destination, id, options } = record;
    const renamed = options.newName !== undefined ? { new_name: options.newName } : {};
    emit({ type: 'container.moved', container, source, destination, ...renamed, migration: id });
  }
}
