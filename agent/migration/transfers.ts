/** The transfers of this agent by id. Ended ones are kept, so that their outcome can be read again. */
import { CopaError } from '../../common/errors.js';
import type { Transfer, TransferOptions, TransferParts } from './transfer.js';

/** The operations on a transfer for those that begin, watch and end it. */
export type TransferHandle = Pick<
  Transfer,
  | 'id'
  | 'migrationId'
  | 'outcome'
  | 'ended'
  | 'bytes'
  | 'startedAtMs'
  | 'byRsync'
  | 'running'
  | 'attend'
  | 'stop'
>;

export class Transfers {
  readonly #byId = new Map<string, TransferHandle>();

  /** How many ended transfers are kept. Raising it only costs memory. */
  static readonly remembered = 200;

  constructor(private readonly create: (options: TransferOptions, parts: TransferParts) => TransferHandle) {}

  find(id: string): TransferHandle | undefined {
    return this.#byId.get(id);
  }

  /** The transfer of that id. Throws `not_found`. */
  watch(id: string): TransferHandle {
    const known = this.find(id);
    if (known) return known;
    throw new CopaError('not_found', `this agent has no transfer ${id}`);
  }

  begin(options: TransferOptions, parts: TransferParts): TransferHandle {
    const transfer = this.create(options, parts);
    this.#byId.set(transfer.id, transfer);
    for (const [id, each] of this.#byId) {
      if (this.#byId.size <= Transfers.remembered) break;
      if (!each.running) this.#byId.delete(id);
    }
    return transfer;
  }

  /** Ends every running transfer of a migration. */
  async stopAll(migrationId: string, reason: string): Promise<void> {
    const running = [...this.#byId.values()].filter(
      (each) => each.running && each.migrationId === migrationId,
    );
    await Promise.all(running.map((each) => each.stop(new CopaError('cancelled', reason))));
  }
}
