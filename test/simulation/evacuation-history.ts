// Histories in which hosts are emptied and filled again, with faults and people meanwhile.
import { Random } from '../chaos/random.js';
import {
  builtScope,
  historyOf,
  hosts,
  migration,
  trouble,
  type History,
  type HistoryEvent,
  type Scope,
} from './history.js';

export const evacuationScope: Scope = {
  ...builtScope,
  persons: ['start', 'stop', 'freeze', 'unfreeze', 'config set', 'snapshot', 'delete', 'rename', 'move'],
};

const names = ['e0', 'e1', 'e2', 'e3', 'e4', 'e5'];

/** The same faults of network and store as in the other histories of that seed. */
export function evacuationHistoryOf(seed: number): History {
  const { settings } = historyOf(seed);
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ 0xe7ac);
  const slots = settings.controllers.map(({ slot }) => slot);
  const containers = names.map((name) => ({
    name,
    host: random.pick(['h1', 'h1', 'h1', 'h2', 'h3']),
    isRunning: random.next() < 0.7,
    action: random.pick(['', '', '', '', 'stop', 'skip']),
  }));
  const events: HistoryEvent[] = [evacuate(random, slots, 'h1', random.between(6_000, 9_000))];
  const maybe = (chance: number, make: () => HistoryEvent) => {
    if (random.next() < chance) events.push(make());
  };
  const at = (from: number, to: number) => Math.round(random.between(from, to));
  const controller = () => random.pick(slots);
  maybe(0.4, () => evacuate(random, slots, random.pick(['h2', 'h3']), random.between(6_000, 30_000)));
  maybe(0.2, () => evacuate(random, slots, 'h1', random.between(30_000, 120_000)));
  maybe(0.2, () => ({
    do: 'cancel evacuation',
    controller: controller(),
    host: 'h1',
    atMs: at(7_000, 40_000),
  }));
  maybe(0.6, () => ({ ...restore(random, slots, 'h1'), atMs: at(20_000, 150_000) }));
  maybe(0.2, () => ({ ...restore(random, slots, random.pick(hosts)), atMs: at(20_000, 150_000) }));
  maybe(0.3, () => {
    const { name, host } = random.pick(containers);
    return migration(random, slots, name, host, random.between(3_000, 30_000));
  });
  maybe(0.3, () => ({
    ...{ do: 'limit', host: random.pick(hosts), atMs: at(0, 10_000) },
    limits: { copy: random.pick([1, 2, 3]), cutover: random.pick([1, 1, 2]) },
  }));
  const troubles = random.pick([0, 1, 2, 2, 3, 5]);
  for (let index = 0; index < troubles; index++) {
    const each = trouble(random, slots, { scope: evacuationScope, spanMs: 60_000, names });
    events.push({
      ...each,
      atMs: each.atMs + 5_000,
      ...('container' in each && 'act' in each ? { host: '' } : {}),
    });
  }
  return {
    settings: { ...settings, containers, evacuations: true },
    events: events.sort((a, b) => a.atMs - b.atMs),
  };
}

function evacuate(random: Random, slots: readonly string[], host: string, atMs: number): HistoryEvent {
  return {
    ...{ do: 'evacuate', controller: random.pick(slots), host, atMs: Math.round(atMs) },
    target: random.pick(['@any', '@any', '@any', ...hosts.filter((each) => each !== host)]),
    deadlineMs: random.pick([0, 0, 10_000, 40_000]) || undefined,
    stopAtDeadline: random.next() < 0.5,
  };
}

function restore(random: Random, slots: readonly string[], host: string) {
  return { do: 'restore', controller: random.pick(slots), host, skip: random.next() < 0.15 } as const;
}
