// Shrinks a failing history: removes every event without which it still fails.
import { run, type Outcome } from './run.js';
import type { History, Settings } from './history.js';

export interface Shrunk {
  readonly history: History;
  readonly outcome: Outcome;
}

const simpler: readonly ((settings: Settings) => Settings)[] = [
  (settings) => ({ ...settings, controllers: settings.controllers.slice(0, 1) }),
  (settings) => ({ ...settings, network: { ...settings.network, lost: 0 } }),
  (settings) => ({ ...settings, network: { ...settings.network, late: 0 } }),
  (settings) => ({ ...settings, network: { ...settings.network, twice: 0 } }),
  (settings) => ({ ...settings, network: { ...settings.network, delayMsMax: 3 } }),
  (settings) => ({ ...settings, store: { ...settings.store, lostReplies: 0 } }),
  (settings) => ({ ...settings, store: { ...settings.store, delayMsMax: 5 } }),
  (settings) => ({ ...settings, stubborn: 0 }),
];

export async function shrink(failing: History): Promise<Shrunk> {
  let best: Shrunk = { history: failing, outcome: await run(failing) };
  const isStillWrong = async (history: History) => {
    const outcome = await run(history);
    if (outcome.violations.length === 0) return false;
    best = { history, outcome };
    return true;
  };
  for (let isShorter = true; isShorter;) {
    isShorter = false;
    for (let index = best.history.events.length - 1; index >= 0; index--) {
      const { settings, events } = best.history;
      const fewer = { settings, events: events.filter((_, each) => each !== index) };
      isShorter = (await isStillWrong(fewer)) || isShorter;
    }
    for (const simplify of simpler) {
      const { settings, events } = best.history;
      const plain = { settings: simplify(settings), events };
      if (JSON.stringify(plain.settings) === JSON.stringify(settings)) continue;
      isShorter = (await isStillWrong(plain)) || isShorter;
    }
  }
  return best;
}
