/** The requests about the controllers themselves. */
import { Calls } from './calls.js';
import type { CallOptions } from './follow.js';
import type { Transport } from './transport.js';
import type {
  BackupOperation,
  ControllerOperation,
  OperationParameters,
  OperationReply,
  Reply,
} from './types.js';

export class Administration<Carrier extends Transport = Transport> extends Calls<Carrier> {
  /** The controllers of this cluster. */
  controllers(options?: CallOptions): Promise<Reply<'ListControllers'>> {
    return this.get('controllers', {}, options);
  }

  /** Opens this controller for others, creates a token for one, removes or promotes one. */
  controller<O extends ControllerOperation>(
    operation: O,
    parameters: OperationParameters<'Controller', O>,
    options?: CallOptions,
  ): Promise<OperationReply<'Controller', O>> {
    return this.post<OperationReply<'Controller', O>>('controllers', operation, parameters, options);
  }

  /** The state of the automatic backups, and of a restore. */
  backupState(options?: CallOptions): Promise<Reply<'ReadBackup'>> {
    return this.get('backup', {}, options);
  }

  /** The data of etcd, for `copa backup create`. */
  backup<O extends BackupOperation>(
    operation: O,
    parameters: OperationParameters<'Backup', O>,
    options?: CallOptions,
  ): Promise<OperationReply<'Backup', O>> {
    return this.post<OperationReply<'Backup', O>>('backup', operation, parameters, options);
  }
}
