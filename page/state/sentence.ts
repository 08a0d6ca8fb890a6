/** Describes an event in a sentence. Pure. */
import { duration } from '../model/format.js';
import type { WireDecision, WireEvent, WireRebalanceMove } from '../model/api-types.js';

export type Tone = 'plain' | 'good' | 'bad' | 'move';

export interface Sentence {
  readonly tone: Tone;
  readonly text: string;
  /** The container and its pool. */
  readonly about?: { readonly pool: string; readonly name?: string };
}

const verbs = {
  'container.created': 'was created on',
  'container.started': 'started on',
  'container.stopped': 'stopped on',
  'container.frozen': 'was frozen on',
  'container.unfrozen': 'was unfrozen on',
} as const;

const schedulingTexts = {
  'pool.cordoned': 'takes no new containers',
  'pool.uncordoned': 'takes new containers again',
  'pool.evacuating': 'is being evacuated',
  'pool.evacuated': 'is evacuated',
  'pool.restoring': 'gets its containers back',
} as const;

/** Undefined for events that are not shown: progress, usage, small changes. */
export function sentenceOf(event: WireEvent): Sentence | undefined {
  switch (event.type) {
    case 'pool.added':
      return { tone: 'plain', text: `Pool ${event.pool} (${event.ip}) was added`, about: event };
    case 'pool.translated':
    case 'pool.labelled':
      return { tone: 'plain', text: changedText(event), about: event };
    case 'pool.cordoned':
    case 'pool.uncordoned':
    case 'pool.evacuating':
    case 'pool.evacuated':
    case 'pool.restoring':
      return { tone: 'plain', text: `Pool ${event.pool} ${schedulingTexts[event.type]}`, about: event };
    case 'pool.removed':
      return { tone: 'plain', text: `Pool ${event.pool} was removed` };
    case 'pool.up':
      return { tone: 'good', text: `Pool ${event.pool} is up`, about: { pool: event.pool } };
    case 'pool.down':
      return {
        tone: 'bad',
        text: `Pool ${event.pool} is down: ${event.reason}`,
        about: { pool: event.pool },
      };
    case 'container.created':
    case 'container.started':
    case 'container.stopped':
    case 'container.frozen':
    case 'container.unfrozen': {
      const { name } = event.container;
      return {
        tone: event.type === 'container.started' ? 'good' : 'plain',
        text: `${name} ${verbs[event.type]} ${event.pool}`,
        about: { pool: event.pool, name },
      };
    }
    case 'container.deleted':
      return { tone: 'plain', text: `${event.container.name} was deleted from ${event.pool}` };
    case 'container.renamed': {
      const { name } = event.container;
      return {
        tone: 'plain',
        text: `${event.old_name} on ${event.pool} is ${name} now`,
        about: { pool: event.pool, name },
      };
    }
    case 'container.moved': {
      const { container, source, destination, new_name: name = container } = event;
      const as = name === container ? '' : ` and is ${name} now`;
      return {
        tone: 'move',
        text: `${container} moved from ${source} to ${destination}${as}`,
        about: { pool: destination, name },
      };
    }
    case 'backup.failed':
    case 'network.conflict':
      return troubleSentence(event);
    case 'policy.decided':
      return decisionSentence(event.decision);
    case 'migration.phase': {
      const { container, new_name, source, destination, phase, description, downtime_ms, check, error } =
        event.migration;
      const route = `${container}, ${source} to ${destination}`;
      if (phase === 'done') {
        const down = downtime_ms === null ? '' : `, down for ${duration(downtime_ms)}`;
        const name = new_name ?? container;
        if (check?.outcome === 'failed') {
          const text = `${route}: done, but its check failed: ${check.message ?? ''}`;
          return { tone: 'bad', text, about: { pool: destination, name } };
        }
        return { tone: 'good', text: `${route}: done${down}`, about: { pool: destination, name } };
      }
      const about = { pool: source, name: container };
      if (phase === 'failed') return { tone: 'bad', text: `${route}: failed: ${error ?? ''}`, about };
      return { tone: 'move', text: `${route}: ${description}`, about };
    }
    default:
      return otherSentence(event);
  }
}

function changedText({ type, pool }: WireEvent & { type: 'pool.translated' | 'pool.labelled' }): string {
  return `${type === 'pool.labelled' ? 'Labels' : 'Translations'} of pool ${pool} were changed`;
}

function troubleSentence(event: WireEvent & { type: 'backup.failed' | 'network.conflict' }): Sentence {
  if (event.type === 'backup.failed')
    return { tone: 'bad', text: `The automatic backup failed: ${event.reason}` };
  const { network, message, pool } = event;
  return { tone: 'bad', text: `Network ${network}: ${message}`, about: { pool } };
}

function otherSentence(event: WireEvent): Sentence | undefined {
  if ('protocol' in event) return portSentence(event);
  return 'move' in event ? rebalanceSentence(event.type, event.move) : undefined;
}

function portSentence(event: WireEvent & { type: 'port.published' | 'port.unpublished' }): Sentence {
  const { type, protocol, port, pool, container } = event;
  const leads = type === 'port.published' ? 'leads' : 'leads no more';
  return {
    tone: 'plain',
    text: `Port ${port}/${protocol} ${leads} to ${container}`,
    about: { pool, name: container },
  };
}

function decisionSentence(decision: WireDecision): Sentence {
  const { policy, outcome, container, source, destination, reason, error } = decision;
  const what = outcome === 'recommended' ? 'recommends to move' : 'moves';
  const text = `Policy ${policy} ${what} ${container} from ${source} to ${destination}`;
  const about = { pool: source, name: container };
  if (outcome === 'refused') return { tone: 'bad', text: `${text}: refused: ${error ?? ''}`, about };
  return { tone: 'move', text: `${text}: ${reason}`, about };
}

function rebalanceSentence(
  type: 'rebalance.ordered' | 'rebalance.refused' | 'rebalance.moved_back',
  { container, source, destination, reason, error }: WireRebalanceMove,
): Sentence {
  const about = { pool: source, name: container };
  if (type === 'rebalance.moved_back') {
    const text = `Somebody moved ${container} back from ${destination} to ${source}: rebalances leave it alone for a day`;
    return { tone: 'bad', text, about };
  }
  const text = `A rebalance moves ${container} from ${source} to ${destination}`;
  if (type === 'rebalance.refused') return { tone: 'bad', text: `${text}: refused: ${error ?? ''}`, about };
  return { tone: 'move', text: `${text}: ${reason}`, about };
}
