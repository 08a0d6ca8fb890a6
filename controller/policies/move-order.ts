/** Orders the move of a decision, as the migration service does for a person, and writes what came of it. */
import type { Logger } from 'pino';
import { httpStatusOf, isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import { withRequestId } from '../../common/observability/request-id.js';
import type { MigrationRequest } from '../migration/request.js';
import { ownMoveOptions } from '../migration/own-moves.js';
import type { Decision } from '../model/policy.js';
import { policyDecisions } from '../observability/metrics.js';

/** A line of the audit log about a move by a policy. */
export interface PolicyAudit {
  readonly at: string;
  readonly policy: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly status: number;
}

interface Parts {
  readonly begin: (request: MigrationRequest) => Promise<unknown>;
  readonly refuse: (decision: Decision, error: string) => Promise<void>;
  readonly audit: (line: PolicyAudit) => Promise<void>;
  readonly log: Logger;
  readonly now: () => number;
}

/**
 * Resolves when the migration has begun or was refused; never rejects. With an unknown outcome the decision stays as it is:
 * the migration may have begun.
 */
export async function orderMove(
  decision: Decision,
  { begin, refuse, audit, log, now }: Parts,
): Promise<void> {
  const { id, policy, container, source, destination, reason } = decision;
  const about = { policy, decision: id, container, source, destination };
  const write = (outcome: PolicyAudit['outcome'], status: number) =>
    audit({
      at: new Date(now()).toISOString(),
      policy,
      parameters: {
        operation: 'migrate',
        container_name: container,
        container_pool: source,
        destination_pool: destination,
        decision: id,
      },
      outcome,
      status,
    });
  try {
    await withRequestId(id, () =>
      begin({
        container,
        source,
        destination,
        options: ownMoveOptions,
        policy: { name: policy, decision: id },
      }),
    );
    log.info({ ...about, reason }, 'a policy moves a container');
    await write('done', 202);
  } catch (error) {
    const message = messageOf(error);
    log.warn({ ...about, reason: message }, 'the move of a policy was refused');
    const status = isCopaError(error) ? httpStatusOf(error.code) : 500;
    await write(status < 500 ? 'refused' : 'failed', status);
    if (isUnknownOutcome(error)) return;
    policyDecisions.inc({ policy, outcome: 'refused' });
    await refuse(decision, message).catch((cause: unknown) =>
      log.warn({ ...about, reason: messageOf(cause) }, 'that the move was refused could not be noted'),
    );
  }
}
