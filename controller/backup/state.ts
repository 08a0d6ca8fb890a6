/** What `copa backup status` and the doctor show. */
import type { Config } from '../config/settings.js';
import type { Restored } from '../model/restored.js';
import type { BackupFile } from './files.js';

export interface BackupState {
  /** Undefined: there are no automatic backups. */
  readonly automatic: Config['backup'];
  readonly last: BackupFile | undefined;
  readonly failure: string | undefined;
  /** Undefined: nothing was restored, or all its pools have reported. */
  readonly restored: Restored | undefined;
}
