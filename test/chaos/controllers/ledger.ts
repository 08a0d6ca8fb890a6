// What the suite has been told by controllers: acknowledged changes, changes of unknown outcome, and what must not be.
import { isCopaError, messageOf } from '../../../common/errors.js';
import { isUnknownOutcome } from '../../../common/errors.js';
import { hasNotBegun } from '../../../client/transport.js';

/** `there`: acknowledged as made. `gone`: acknowledged as removed. `open`: the outcome of the last change is unknown. */
export type Fate = 'there' | 'gone' | 'open';

/** Codes with which a controller may refuse while faults are in effect; nothing was changed. */
const expected = [
  'unavailable',
  'aborted',
  'deadline_exceeded',
  'failed_precondition',
  'resource_exhausted',
  'cancelled',
];

export class Ledger {
  readonly problems: string[] = [];
  /** How often each happened. */
  readonly counts = new Map<string, number>();

  constructor(private readonly report: (text: string) => void) {}

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  problem(text: string): void {
    const line = `${new Date().toISOString()} ${text}`;
    this.problems.push(line);
    this.report(`PROBLEM ${line}`);
  }

  /**
   * Makes a change. `done` when it is acknowledged, `open` when its outcome is unknown, and otherwise the code with which it
   * was refused. Any code that faults do not explain is a problem, unless `alsoExpected` has it.
   */
  async change(
    what: string,
    call: () => Promise<unknown>,
    alsoExpected: readonly string[] = [],
  ): Promise<string> {
    const [kind = ''] = what.split(' ');
    try {
      await call();
      this.count(`${kind} done`);
      return 'done';
    } catch (error) {
      if (!isCopaError(error)) throw error;
      if (isUnknownOutcome(error) && !hasNotBegun(error)) {
        this.count(`${kind} unknown`);
        return 'open';
      }
      this.count(`${kind} ${error.code}`);
      if (!expected.includes(error.code) && !alsoExpected.includes(error.code))
        this.problem(`${what}: ${error.code}: ${messageOf(error)}`);
      return error.code;
    }
  }
}
