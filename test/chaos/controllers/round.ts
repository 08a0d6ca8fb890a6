// Strikes one fault after the other, alone or with a second one, until the time is over.
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../../common/errors.js';
import type { Random } from '../random.js';
import { canMeet, faultKinds, faultOf, type Fault, type FaultKind } from './faults.js';
import type { Installation } from './installation.js';
import type { Ledger } from './ledger.js';
import { mustAnswer } from './liveness.js';
import type { Probes } from './probes.js';

interface RoundOptions {
  readonly random: Random;
  readonly probes: Probes;
  readonly ledger: Ledger;
  readonly kinds: readonly FaultKind[];
  /** From when on faults come in pairs; Infinity: never. */
  readonly pairsFromMs: number;
  readonly endsAtMs: number;
  /** Ends it earlier. */
  readonly signal: AbortSignal;
  readonly report: (text: string) => void;
}

export interface Struck {
  readonly name: string;
  readonly seconds: number;
}

/** Each kind once in random order, then all again. Returns the faults that were struck. */
export async function strikeAll(installation: Installation, options: RoundOptions): Promise<Struck[]> {
  const { random, kinds, endsAtMs } = options;
  const struck: Struck[] = [];
  let left: FaultKind[] = [];
  const next = (): FaultKind => {
    if (left.length === 0) left = random.shuffled(kinds);
    return left.pop() as FaultKind;
  };
  while (performance.now() < endsAtMs && !options.signal.aborted) {
    const faults = [faultOf(next(), installation, random)];
    if (performance.now() >= options.pairsFromMs) {
      const second = faultOf(random.pick(faultKinds), installation, random);
      if (faults.every((each) => canMeet(each, second))) faults.push(second);
    }
    struck.push(await strike(installation, faults, options));
    await pause(random.between(1_000, 5_000));
  }
  return struck;
}

async function strike(
  { machines }: Installation,
  faults: readonly Fault[],
  { random, probes, ledger, report }: RoundOptions,
): Promise<Struck> {
  const numbers = machines.map(({ number }) => number);
  const active = new Set<Fault>();
  const changed = () => {
    const effects = [...active].map((each) => each.effects);
    probes.expect(
      mustAnswer(numbers, effects),
      [...active].map(({ name }) => name),
    );
  };
  const name = faults.map((each) => each.name).join(' + ');
  const startedAt = performance.now();
  await Promise.all(
    faults.map(async (fault, at) => {
      // The second one comes while the first one is in effect, or just after.
      if (at > 0) await pause(random.between(0, 6_000));
      active.add(fault);
      changed();
      try {
        await fault.strike();
        await pause(1000 * random.between(...fault.lasts));
        await fault.heal();
      } catch (error) {
        ledger.problem(`${fault.name}: ${messageOf(error)}`);
      }
      active.delete(fault);
      changed();
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  report(`${name}: ${seconds.toFixed(1)} s`);
  return { name, seconds };
}
