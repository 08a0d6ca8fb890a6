/**
 * A person's decision for one of the two copies, when a host does not come back: from each phase, what it means, what
 * it costs, and why it cannot be taken. Pure. The copy that loses is never deleted where it may hold something that the
 * other one lacks: it is kept, stopped, under another name, also when its host returns much later (mark-janitor.ts).
 */
import { CopaError } from '../../common/errors.js';
import { hasEnded, keptName, type MigrationRecord, type Phase } from '../model/migration.js';

export type Keep = 'source' | 'destination';

/** What it costs, in whole sentences; and where the migration goes on. None: it is cancelled. */
interface Choice {
  readonly cost: string;
  readonly enter?: { readonly phase: Phase; readonly change: Partial<MigrationRecord> };
}

interface Refusal {
  readonly refused: string;
}

type Choices = Readonly<Record<Keep, (record: MigrationRecord) => Choice | Refusal>>;

const goesBackByItself: Choices = {
  source: ({ source }) => ({ cost: `The migration is cancelled: the container stays on ${source}.` }),
  destination: ({ source, destination }) => ({
    refused: `the copy on ${destination} is not complete: all that was written since its last pass would be lost, and nothing could keep the container on ${source} from running beside it. The migration goes back by itself`,
  }),
};

/** The destination's copy may run, and its host is silent. */
const destinationIsUnknown: Choices = {
  source: (record) => {
    const { source, destination } = record;
    return {
      cost: `The container on ${source} is started again if it ran. If ${destination} was only cut off, its copy may be running: make sure that ${destination} is off. When ${destination} is back, its copy is stopped and kept there as "${keptName(record)}"; what was written in it is in that copy alone.`,
      enter: {
        phase: 'reverting',
        change: { copy: 'none', leftBehind: { on: 'destination', fate: 'kept' } },
      },
    };
  },
  destination: ({ destination }) => ({
    refused: `that is what the migration waits for: only ${destination} can run its copy`,
  }),
};

const sourceIsOld: Choices['source'] = ({ source, destination }) => ({
  refused: `the container has run on ${destination} since it was shut down on ${source}: what was written there would be lost. With --keep destination the migration ends`,
});

const choices: Readonly<Record<Exclude<Phase, 'done' | 'failed' | 'cancelled'>, Choices>> = {
  accepted: goesBackByItself,
  claimed: goesBackByItself,
  copied: goesBackByItself,
  stopped: goesBackByItself,
  synced: goesBackByItself,
  verified: destinationIsUnknown,
  started: destinationIsUnknown,
  withdrawing: destinationIsUnknown,
  switched: {
    source: sourceIsOld,
    destination: (record) => ({
      cost: `The migration goes on without ${record.destination}. The old copy on ${record.source} is not removed, but kept there, stopped, as "${keptName(record)}".`,
      enter: {
        phase: 'released',
        change: {
          options: { ...record.options, keepSourceAs: record.options.keepSourceAs || keptName(record) },
        },
      },
    }),
  },
  released: {
    source: sourceIsOld,
    destination: ({ source, options }) => ({
      cost: `The migration ends. When ${source} is back, its old copy is ${options.keepSourceAs ? `kept there, stopped, as "${options.keepSourceAs}"` : 'removed'}.`,
      enter: { phase: 'done', change: { leftBehind: { on: 'source', fate: 'removed' } } },
    }),
  },
  removed: {
    source: ({ source }) => ({ refused: `the copy on ${source} is removed` }),
    destination: ({ destination }) => ({
      cost: `The migration ends. When ${destination} is back, its marks are taken off.`,
      enter: { phase: 'done', change: {} },
    }),
  },
  found: {
    source: (record) => ({
      cost: `The container on ${record.source} is started again if it ran. If the copy on ${record.destination} runs or has run, what was written in it is in that copy alone, which is kept there, stopped, as "${keptName(record)}". Make sure that a host which does not answer is off.`,
      enter: {
        phase: 'reverting',
        change: { copy: 'none', wasRunning: true, leftBehind: { on: 'destination', fate: 'kept' } },
      },
    }),
    destination: (record) => ({
      cost: `The copy on ${record.destination} is started. Nobody knows whether it is complete: what it lacks is on ${record.source} alone, where the container is kept, stopped, as "${keptName(record)}". Make sure that a host which does not answer is off.`,
      enter: {
        phase: 'verified',
        change: {
          wasRunning: true,
          keepCopyAs: keptName(record),
          options: { ...record.options, keepSourceAs: keptName(record) },
        },
      },
    }),
  },
  reverting: {
    source: (record) => {
      const { source, destination, copy } = record;
      const kept =
        copy === 'whole'
          ? ` The last copy on ${destination} is kept there, stopped, as "${keptName(record)}"; it lacks what was written since.`
          : '';
      return {
        cost: `The migration ends without ${source}. When ${source} is back, the container there is free, and is started if it ran.${kept}`,
        enter: {
          phase: 'reverted',
          change: {
            leftBehind: { on: 'source', fate: 'restored' },
            ...(copy === 'whole' ? { keepCopyAs: keptName(record) } : {}),
          },
        },
      };
    },
    destination: (record) => ({
      refused: `${record.source} was ordered to run the container again, so it may run there.${
        record.copy === 'whole'
          ? ` With --keep source the migration ends, and the copy on ${record.destination} is kept as "${keptName(record)}", which you may start`
          : ` There is no complete copy on ${record.destination}`
      }`,
    }),
  },
  reverted: {
    source: ({ source, destination, cancelled }) => ({
      cost: `The migration ends; the container is on ${source}. When ${destination} is back, the copy there is removed.`,
      enter: {
        phase: cancelled ? 'cancelled' : 'failed',
        change: { leftBehind: { on: 'destination', fate: 'removed' } },
      },
    }),
    destination: ({ source }) => ({ refused: `the container on ${source} is free already, and may run` }),
  },
};

/** Throws `failed_precondition` with the reason why it cannot be decided so, or cannot be decided now. */
export function resolutionOf(record: MigrationRecord, keep: Keep): Choice {
  const { id, phase, waitingFor } = record;
  const refuse = (why: string) =>
    new CopaError('failed_precondition', `migration ${id} cannot be resolved with keep=${keep}: ${why}`);
  if (hasEnded(phase)) throw refuse(`it has ended already (${phase})`);
  if (!waitingFor) throw refuse('it is in progress and waits for nothing');
  const choice = choices[phase as keyof typeof choices][keep](record);
  if ('refused' in choice) throw refuse(choice.refused);
  return choice;
}

export interface ShownChoice {
  readonly keep: Keep;
  readonly cost: string;
}

/** What a person can decide now; the first is what the migration itself leads to. */
export function choicesOf(record: MigrationRecord): ShownChoice[] {
  const { phase, waitingFor } = record;
  if (hasEnded(phase) || !waitingFor) return [];
  const row = choices[phase as keyof typeof choices];
  const all = (['source', 'destination'] as const).map((keep) => ({ keep, choice: row[keep](record) }));
  return all.flatMap(({ keep, choice }) => ('cost' in choice ? [{ keep, cost: choice.cost }] : []));
}
