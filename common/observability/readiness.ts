/** Whether a daemon can do its work: everything that it needs is asked at once, and named if it is not there. */
import { messageOf } from '../errors.js';

/** What the work needs, by name; each throws why it is not there. */
export type ReadinessChecks = Readonly<Record<string, () => unknown>>;

export interface Readiness {
  readonly ready: boolean;
  /** `ok`, or what is wrong, for each. */
  readonly checks: Readonly<Record<string, string>>;
  /** All that is wrong; empty when ready. */
  readonly error: string;
}

/** How long a check may take: those who ask give up soon, too. */
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
