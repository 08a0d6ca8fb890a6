/**
 * Decides whether a history of concurrent operations is linearizable: whether there is an order of them, in which each
 * takes effect at one moment between its call and its return, that the model accepts. The method is that of Wing and Gong
 * with the memory of Lowe, as in porcupine: a search over orders that never visits the same set of operations with the same
 * state twice.
 *
 * Objects that are independent of each other are checked one by one: a history is linearizable when each object's is.
 */

/** An operation of one object. An unknown outcome is one without output: it took effect at any time after its call, or never. */
export interface Operation<Input, Output> {
  readonly client: string;
  readonly input: Input;
  readonly output: Output | undefined;
  readonly calledAt: number;
  /** Infinity when the outcome is unknown. */
  readonly returnedAt: number;
}

export interface Model<State, Input, Output> {
  readonly initial: State;
  /** The state after an operation; undefined when it cannot have this output in this state. No output: any is possible. */
  readonly step: (state: State, input: Input, output: Output | undefined) => State | undefined;
}

/** The longest order that was found, and what is left then: one of these has an output that no order explains. */
export interface Contradiction<Input, Output> {
  readonly order: readonly Operation<Input, Output>[];
  readonly left: readonly Operation<Input, Output>[];
}

/** An event in the list of calls and returns that remain. Operations leave it in the order in which they take effect. */
interface Event {
  readonly operation: number;
  readonly isCall: boolean;
  previous: Event | undefined;
  next: Event | undefined;
}

/** Undefined when the history is linearizable. States are compared by their JSON. */
export function contradictionIn<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
): Contradiction<Input, Output> | undefined {
  const remaining = new Remaining(history);
  const visited = new Set<string>();
  const taken: { call: Event; before: State }[] = [];
  const done = history.map(() => false);
  let state = model.initial;
  let longest: number[] = [];
  let required = history.filter(({ returnedAt }) => returnedAt !== Infinity).length;
  let event = remaining.first;
  while (required > 0) {
    if (event?.isCall) {
      const { input, output } = at(history, event.operation);
      const after = model.step(state, input, output);
      done[event.operation] = true;
      if (after !== undefined && isNew(visited, done, after)) {
        taken.push({ call: event, before: state });
        if (at(history, event.operation).returnedAt !== Infinity) required--;
        remaining.take(event);
        state = after;
        event = remaining.first;
        continue;
      }
      done[event.operation] = false;
      event = event.next;
      continue;
    }
    // An operation has returned, or all are tried, and none of those that were called may come next: back.
    if (taken.length > longest.length) longest = taken.map(({ call }) => call.operation);
    const last = taken.pop();
    if (!last) return contradictionOf(history, longest);
    remaining.putBack(last.call);
    done[last.call.operation] = false;
    if (at(history, last.call.operation).returnedAt !== Infinity) required++;
    state = last.before;
    event = last.call.next;
  }
  return undefined;
}

/** The objects whose histories are not linearizable, by key. */
export function contradictionsByKey<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  keyOf: (input: Input) => string,
): Map<string, Contradiction<Input, Output>> {
  const parts = new Map<string, Operation<Input, Output>[]>();
  for (const operation of history) {
    const key = keyOf(operation.input);
    parts.set(key, [...(parts.get(key) ?? []), operation]);
  }
  const found = new Map<string, Contradiction<Input, Output>>();
  for (const [key, part] of parts) {
    const contradiction = contradictionIn(model, part);
    if (contradiction) found.set(key, contradiction);
  }
  return found;
}

/** For a person: the order as far as there is one, and what does not fit. */
export function describeContradiction(contradiction: Contradiction<unknown, unknown>): string {
  const line = ({ client, input, output, calledAt, returnedAt }: Operation<unknown, unknown>) =>
    `  ${client} ${calledAt.toFixed(1)}..${returnedAt.toFixed(1)} ${JSON.stringify(input)} -> ${output === undefined ? 'unknown' : JSON.stringify(output)}`;
  const { order, left } = contradiction;
  return ['in this order:', ...order.map(line), 'none of these can be next:', ...left.map(line)].join('\n');
}

function contradictionOf<Input, Output>(
  history: readonly Operation<Input, Output>[],
  longest: readonly number[],
): Contradiction<Input, Output> {
  const rest = history.filter((_, index) => !longest.includes(index));
  const firstReturn = Math.min(...rest.map(({ returnedAt }) => returnedAt));
  return {
    order: longest.map((index) => at(history, index)),
    left: rest.filter(({ calledAt }) => calledAt <= firstReturn),
  };
}

function isNew(visited: Set<string>, done: readonly boolean[], state: unknown): boolean {
  const bits = done.map((each) => (each ? '1' : '0')).join('');
  const key = `${BigInt(`0b0${bits}`).toString(36)} ${JSON.stringify(state)}`;
  if (visited.has(key)) return false;
  visited.add(key);
  return true;
}

/** The calls and returns of the operations that have not taken effect yet, by time. */
class Remaining {
  /** Before all events; never taken. */
  readonly #head: Event = { operation: -1, isCall: false, previous: undefined, next: undefined };
  readonly #returns = new Map<number, Event>();

  constructor(history: readonly Operation<unknown, unknown>[]) {
    const events = history.flatMap(({ calledAt, returnedAt }, operation) => [
      { time: calledAt, operation, isCall: true },
      ...(returnedAt === Infinity ? [] : [{ time: returnedAt, operation, isCall: false }]),
    ]);
    // At one moment, calls count as the earlier ones: operations that touch may be concurrent.
    events.sort((a, b) => a.time - b.time || Number(b.isCall) - Number(a.isCall));
    let last = this.#head;
    for (const { operation, isCall } of events) {
      const event: Event = { operation, isCall, previous: last, next: undefined };
      if (!isCall) this.#returns.set(operation, event);
      last.next = event;
      last = event;
    }
  }

  get first(): Event | undefined {
    return this.#head.next;
  }

  take(call: Event): void {
    unlink(call);
    const back = this.#returns.get(call.operation);
    if (back) unlink(back);
  }

  /** Undoes the last `take`. */
  putBack(call: Event): void {
    const back = this.#returns.get(call.operation);
    if (back) relink(back);
    relink(call);
  }
}

function unlink({ previous, next }: Event): void {
  if (previous) previous.next = next;
  if (next) next.previous = previous;
}

function relink(event: Event): void {
  if (event.previous) event.previous.next = event;
  if (event.next) event.next.previous = event;
}

function at<Each>(list: readonly Each[], index: number): Each {
  return list[index] as Each;
}
