/** Moves that nobody has ordered one by one: those of an evacuation, a policy or a rebalance. */
import type { Logger } from 'pino';
import { httpStatusOf, isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import { withRequestId } from '../../common/observability/request-id.js';
import { noMapping } from '../model/mapping.js';
import type { MigrationOptions } from '../model/migration.js';
import type { MigrationRequest } from './request.js';

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

/** A move that was decided, and that the store has under this id. */
export interface OwnMove {
  /** Of the decision and of the migration. */
  readonly id: string;
  /** `policy:NAME` or `rebalance`, for the audit log. */
  readonly who: string;
  /** As the migration shows it. */
  readonly policy: string;
  readonly container: string;
  readonly source: string;
  readonly destination: string;
  readonly reason: string;
}

/** A line of the audit log about it. */
export interface OwnMoveAudit {
  readonly at: string;
  readonly who: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly status: number;
}

export interface OrderParts {
  readonly begin: (request: MigrationRequest) => Promise<unknown>;
  /** Notes that it was refused. */
  readonly refuse: (error: string) => Promise<void>;
  readonly audit: (line: OwnMoveAudit) => Promise<void>;
  readonly log: Logger;
  readonly now: () => number;
}

/**
 * Orders the move as the migration service does for a person, and notes what came of it. Resolves when the migration has
 * begun or was refused; never rejects. With an unknown outcome the decision stays as it is: the migration may have begun.
 */
export async function orderOwnMove(
  { id, who, policy, container, source, destination, reason }: OwnMove,
  { begin, refuse, audit, log, now }: OrderParts,
): Promise<void> {
  const about = { who, decision: id, container, source, destination };
  const parameters = {
    ...{ operation: 'migrate', container_name: container, container_pool: source },
    ...{ destination_pool: destination, decision: id },
  };
  const write = (outcome: OwnMoveAudit['outcome'], status: number) =>
    audit({ at: new Date(now()).toISOString(), who, parameters, outcome, status });
  const order = {
    container,
    source,
    destination,
    options: ownMoveOptions,
    policy: { name: policy, decision: id },
  };
  try {
    await withRequestId(id, () => begin(order));
    log.info({ ...about, reason }, 'COPA moves a container');
    await write('done', 202);
  } catch (error) {
    const message = messageOf(error);
    log.warn({ ...about, reason: message }, 'a move that COPA decided was refused');
    const status = isCopaError(error) ? httpStatusOf(error.code) : 500;
    await write(status < 500 ? 'refused' : 'failed', status);
    if (isUnknownOutcome(error)) return;
    await refuse(message).catch((cause: unknown) =>
      log.warn({ ...about, reason: messageOf(cause) }, 'that the move was refused could not be noted'),
    );
  }
}
