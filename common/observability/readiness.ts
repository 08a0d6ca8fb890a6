/** Whether a daemon can work: checks all its dependencies in parallel, and names those that fail. */
import { messageOf } from '../errors.js';

/** The dependencies by name. Each check throws the reason when its dependency is missing. */
export type ReadinessChecks = Readonly<Record<string, () => unknown>>;

export interface Readiness {
  readonly ready: boolean;
  /** `ok` or the error, for each. */
  readonly checks: Readonly<Record<string, string>>;
  /** All errors; empty when ready. */
  readonly error: string;
}

/** Time limit of a check, because clients of the check give up soon, too. */
const checkMsMax = 2000;

export async function runChecks(checks: ReadinessChecks, msMax = checkMsMax): Promise<Readiness> {
  const states = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await stateOf(check, msMax)] as const),
  );
  const wrong = states.filter(([, state]) => state !== 'ok');
  return {
    ready: wrong.length === 0,
    checks: Object.fromEntries(states),
    error: wrong.map(([name, state]) => `${name}: ${state}`).join('; '),
  };
}

async function stateOf(check: () => unknown, msMax: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${msMax / 1000} s`), msMax);
  });
  const answer = async () => {
    try {
      await check();
      return 'ok';
    } catch (error) {
      return messageOf(error);
    }
  };
  const state = await Promise.race([answer(), late]);
  clearTimeout(timer);
  return state;
}
