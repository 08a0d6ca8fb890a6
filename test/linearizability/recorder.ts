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
   * Runs and records a call of a client; `outputOf` gives the output of a refusal, or undefined for one that did nothing and
   * shows nothing. A call that cannot have begun is not recorded. `inputs` are the objects that it concerns: a list is a read
   * of each.
   */
  async run<Result>(
    client: string,
    inputs: readonly Input[],
    call: () => Promise<Result>,
    { of, refused }: Outputs<Input, Output, Result>,
  ): Promise<Result | undefined> {
    const calledAt = this.now();
    try {
      const result = await call();
      const returnedAt = this.now();
      for (const input of inputs)
        this.#operations.push({ client, input, output: of(result, input), calledAt, returnedAt });
      return result;
    } catch (error) {
      const returnedAt = this.now();
      if (hasNotBegun(error)) return undefined;
      if (isUnknownOutcome(error)) {
        for (const input of inputs)
          this.#operations.push({ client, input, output: undefined, calledAt, returnedAt: Infinity });
        return undefined;
      }
      if (!isCopaError(error)) throw error;
      // Another change came between: this one did nothing.
      const output = error.code === 'aborted' ? undefined : refused?.(error.code);
      if (output === undefined && error.code !== 'aborted') throw error;
      if (output === undefined) return undefined;
      for (const input of inputs) this.#operations.push({ client, input, output, calledAt, returnedAt });
      return undefined;
    }
  }
}

interface Outputs<Input, Output, Result> {
  readonly of: (result: Result, input: Input) => Output;
  /** The output of a refusal; undefined: nobody expects it, and it is thrown. */
  readonly refused?: (code: string) => Output | undefined;
}
