/** Records what clients call and what they get, for the checker. */
import { isCopaError, isUnknownOutcome } from '../../common/errors.js';
import { hasNotBegun } from '../../client/transport.js';
import type { Operation } from './checker.js';

export class Recorder<Input, Output> {
  readonly #operations: Operation<Input, Output>[] = [];

  constructor(private readonly now: () => number = () => performance.now()) {}

  get history(): readonly Operation<Input, Output>[] {
    return this.#operations;
  }

  /**
   * Runs and records a call of a client. One that cannot have begun is not recorded. `inputs` are what it does to each object
   * that it concerns: a list is a read of each. Something new has its name in the result.
   */
  async run<Result>(
    client: string,
    inputs: readonly Input[] | ((result: Result) => readonly Input[]),
    call: () => Promise<Result>,
    { of, refused }: Outputs<Input, Output, Result>,
  ): Promise<Result | undefined> {
    const calledAt = this.now();
    try {
      const result = await call();
      const returnedAt = this.now();
      for (const input of typeof inputs === 'function' ? inputs(result) : inputs)
        this.#operations.push({ client, input, output: of(result, input), calledAt, returnedAt });
      return result;
    } catch (error) {
      if (!isCopaError(error)) throw error;
      // One that another change came between did nothing, too.
      if (hasNotBegun(error) || error.code === 'aborted') return undefined;
      const isUnknown = isUnknownOutcome(error);
      const output = isUnknown ? undefined : refused?.(error.code);
      if (!isUnknown && output === undefined) throw error;
      const returnedAt = isUnknown ? Infinity : this.now();
      for (const input of typeof inputs === 'function' ? [] : inputs)
        this.#operations.push({ client, input, output, calledAt, returnedAt });
      return undefined;
    }
  }
}

interface Outputs<Input, Output, Result> {
  readonly of: (result: Result, input: Input) => Output;
  /** The output of a refusal; undefined: nobody expects it, and it is thrown. */
  readonly refused?: (code: string) => Output | undefined;
}
