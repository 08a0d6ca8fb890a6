/**
 * Makes a proposal: plans, and checks each move as the move itself would. A pool that turns out to be impossible for a
 * container is left out, what a check has measured counts, and the rest is planned again.
 */
import { isCopaError } from '../../common/errors.js';
import { findingsOf } from '../evacuation/planner.js';
import { ownMoveOptions } from '../migration/own-moves.js';
import type { MigrationService } from '../migration/service.js';
import { restingPools, type PastMove } from './past.js';
import {
  planRebalance,
  type Budget,
  type Candidate,
  type PlannedMove,
  type RebalancePlan,
  type RebalanceRequest,
} from './plan.js';
import { survey, type Held, type SurveyParts } from './survey.js';

export interface ProposerParts extends SurveyParts {
  readonly migrations: Pick<MigrationService, 'dryRun'>;
}

export interface ProposalOrder extends Pick<RebalanceRequest, 'target' | 'reach'> {
  readonly budget: Budget;
}

export interface Proposal extends RebalancePlan {
  readonly held: readonly Held[];
  readonly unknown: readonly string[];
}

/** How often it plans again after a check; then only what was checked is proposed. */
const roundsMax = 6;

type Checked = Map<string, 'possible' | 'impossible'>;

export async function propose(
  parts: ProposerParts,
  order: ProposalOrder,
  time: { readonly past: readonly PastMove[]; readonly nowMs: number },
): Promise<Proposal> {
  const { snapshot, loads, candidates: found, held, unknown } = await survey(parts, order, time);
  const resting = restingPools(time.past, time.nowMs);
  const checked: Checked = new Map();
  let candidates = found;
  const request = { ...order, loads, resting };
  let plan = planRebalance(snapshot, { ...request, candidates });
  for (let round = 1; round <= roundsMax; round++) {
    const due = plan.moves.filter((move) => !checked.has(keyOf(move)));
    if (due.length === 0) break;
    for (const move of due) candidates = await check(parts, { move, candidates, checked });
    plan = planRebalance(snapshot, { ...request, candidates });
  }
  const moves = plan.moves.filter((move) => checked.get(keyOf(move)) === 'possible');
  return { ...plan, moves, isCut: plan.isCut || moves.length < plan.moves.length, held, unknown };
}

const keyOf = ({ container, source, destination }: PlannedMove) => `${source}/${container}/${destination}`;

/** Checks one move. Returns the candidates with what is known now. */
async function check(
  { migrations }: ProposerParts,
  {
    move,
    candidates,
    checked,
  }: { readonly move: PlannedMove; readonly candidates: readonly Candidate[]; readonly checked: Checked },
): Promise<readonly Candidate[]> {
  const { container, source, destination } = move;
  const found = await migrations
    .dryRun({ container, source, destination, options: ownMoveOptions })
    .catch((error: unknown) => {
      if (isCopaError(error)) return error;
      throw error;
    });
  const reason = findingsOf(found);
  checked.set(keyOf(move), reason === undefined ? 'possible' : 'impossible');
  return candidates.map((each) => {
    if (each.name !== container || each.pool !== source) return each;
    const excluded = new Map(each.excluded);
    if (reason !== undefined) excluded.set(destination, reason);
    return { ...each, excluded, disk: found instanceof Error ? each.disk : found.plan.usedBytes };
  });
}
