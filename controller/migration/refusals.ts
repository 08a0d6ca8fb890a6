/** Why a migration was refused, in errors. */
import { CopaError } from '../../common/errors.js';
import { busyMessage, type MigrationRecord } from '../model/migration.js';
import type { Preflight } from './preflight.js';
import { flagsOf } from './proposal.js';

export function codeOf(code: string | undefined): CopaError['code'] {
  return code === 'internal' || code === undefined ? 'failed_precondition' : (code as CopaError['code']);
}

export function busyError(container: string, busy: unknown): CopaError {
  return new CopaError('failed_precondition', busyMessage(container, busy));
}

/** What the preflight of a move to one destination found. Another destination may have nothing against it. */
export class MoveRefused extends CopaError {
  constructor(
    message: string,
    /** Without the names of the container and its pools. */
    readonly findings: string,
  ) {
    super('failed_precondition', message);
  }
}

export function refusal(
  { container, source, destination }: Pick<MigrationRecord, 'container' | 'source' | 'destination'>,
  { findings, proposal }: Pick<Preflight, 'findings' | 'proposal'>,
): MoveRefused {
  const what = `container "${container}" cannot be migrated from ${source} to ${destination}`;
  const listed = findings.map(({ subject, message }) => `${subject}: ${message}`).join('; ');
  const others = findings.some(({ isCured }) => !isCured);
  const cure = proposal
    ? `; ${others ? 'of these some are gone' : 'it works'} with ${flagsOf(proposal)}`
    : '';
  return new MoveRefused(`${what}: ${listed}${cure}`, listed);
}
