/** What a phase came to, when nothing more happens to any container: a pure function of the record and of the pool. */
import { isAway, type Evacuation, type EvacuationItem, type EvacuationPhase } from '../model/evacuation.js';
import { hasFailed } from './machine.js';

export interface Remaining {
  /** Containers that the record does not know, as they are to be treated. */
  readonly unknown: readonly EvacuationItem[];
  /** What is there, and should have left or be stopped. Each is a sentence. */
  readonly contradictions: readonly string[];
}

/** How often containers are looked at that have come meanwhile. */
const roundsMax = 3;

/** The next phase, or another round for containers that have come meanwhile. */
export function conclude(record: Evacuation, remaining: Remaining, at: string): Evacuation {
  const { items, cancelled, deadlinePassed, rounds } = record;
  if (record.phase === 'restoring') return returned(record, at);
  const { unknown, contradictions } = remaining;
  const mayGoOn = !cancelled && !deadlinePassed && rounds < roundsMax;
  if (unknown.length > 0 && mayGoOn) {
    const names = new Set(unknown.map(({ container }) => container));
    const others = items.filter(({ container }) => !names.has(container));
    return { ...record, items: [...others, ...unknown], rounds: rounds + 1 };
  }
  const left = items.filter(({ state }) => state === 'left').map(({ container }) => container);
  const more = unknown.map(({ container }) => container);
  const reasons = [
    ...(cancelled ? ['it was cancelled'] : []),
    ...(left.length > 0 ? [`${listed(left)} did not leave`] : []),
    ...(more.length > 0 ? [`${listed(more)} came meanwhile`] : []),
    ...contradictions,
  ];
  return ended(record, reasons.length === 0 ? 'evacuated' : 'incomplete', reasons, at);
}

function returned(record: Evacuation, at: string): Evacuation {
  const { items, cancelled } = record;
  const away = items.filter(isAway).map(({ container }) => container);
  const wrong = items.filter((item) => item.state === 'returned' && hasFailed(item));
  const reasons = [
    ...(cancelled ? ['it was cancelled'] : []),
    ...(away.length > 0 ? [`${listed(away)} did not come back`] : []),
    ...wrong.map(
      ({ container, message }) => `${container} is back, but not in its earlier state: ${message ?? ''}`,
    ),
  ];
  return ended(record, reasons.length === 0 ? 'restored' : 'incomplete', reasons, at);
}

function ended(
  record: Evacuation,
  phase: EvacuationPhase,
  reasons: readonly string[],
  at: string,
): Evacuation {
  return {
    ...record,
    ...{ phase, phaseAt: at, cancelled: false },
    message: reasons.length > 0 ? reasons.join('; ') : undefined,
  };
}

const listedMax = 10;

function listed(names: readonly string[]): string {
  const some = names.slice(0, listedMax).join(', ');
  return names.length > listedMax ? `${some} and ${names.length - listedMax} more` : some;
}
