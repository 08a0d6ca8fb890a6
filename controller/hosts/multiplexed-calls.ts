/**
 * Questions to one host over one multiplexed call, where a question costs a fifth of what it does as a call of its own.
 * The call is opened with the first question, and ended when nobody has asked for a while.
 */
import type { Answer__Output as Answer } from '../../proto/gen/copa/agent/v1/Answer.js';
import type { Question } from '../../proto/gen/copa/agent/v1/Question.js';

/** How long a call stands unused, at least. Raising it keeps some 20 KB longer for each host that was asked. */
const idleMs = 10_000;

interface Call {
  write(question: Question): unknown;
  /** Nothing more will be asked. */
  end(): unknown;
}

interface Listener {
  readonly onAnswer: (answer: Answer) => void;
  /** Nothing more will be answered, and why. */
  readonly onEnd: (reason: Error) => void;
}

interface Asked {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class MultiplexedCalls {
  readonly #open: (listener: Listener) => Call;
  /** Those of the call that stands, by their ids. */
  #asked = new Map<number, Asked>();
  #call: Call | undefined;
  #last = 0;
  #wasUsed = false;

  constructor(open: (listener: Listener) => Call) {
    this.#open = open;
  }

  /** Throws the reason when the call ends before the answer comes, and after `patienceMs` what `impatience` makes. */
  ask(question: Omit<Question, 'id'>, patienceMs: number, impatience: () => Error): Promise<Answer> {
    const call = (this.#call ??= this.#opened());
    const asked = this.#asked;
    const id = (this.#last = (this.#last + 1) >>> 0);
    this.#wasUsed = true;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        asked.delete(id);
        reject(impatience());
      }, patienceMs);
      asked.set(id, {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      call.write({ id, ...question });
    });
  }

  #opened(): Call {
    const asked = (this.#asked = new Map<number, Asked>());
    const over = (reason: Error) => {
      clearInterval(idle);
      if (this.#asked === asked) this.#call = undefined;
      for (const { reject } of asked.values()) reject(reason);
      asked.clear();
    };
    const call = this.#open({
      onAnswer: (answer) => {
        const found = asked.get(answer.id);
        asked.delete(answer.id);
        found?.resolve(answer);
      },
      onEnd: over,
    });
    const idle = setInterval(() => {
      if (!this.#wasUsed && asked.size === 0) {
        // Who asks from here on opens another one.
        over(new Error('nobody has asked for a while'));
        call.end();
      }
      this.#wasUsed = false;
    }, idleMs).unref();
    return call;
  }
}
