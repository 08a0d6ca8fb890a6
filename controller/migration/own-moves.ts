/** The options of moves that nobody has ordered one by one: those of an evacuation or of a policy. */
import { noMapping } from '../model/mapping.js';
import type { MigrationOptions } from '../model/migration.js';

/** As of a move that a person orders without options; but in the queue those, which have priority 0, go first. */
export const ownMoveOptions: MigrationOptions = {
  stopTimeoutSeconds: 30,
  force: false,
  live: false,
  passesMax: 5,
  bytesPerSecondMax: 0,
  compress: false,
  keepSourceAs: '',
  settleSeconds: 2,
  mapping: noMapping,
  priority: -10,
};
