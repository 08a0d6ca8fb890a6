// Aim: over a multiplexed call each question gets its own answer, none waits for ever, and the call stands no longer than
// somebody asks. Method: a host of lists, on the test's own clock.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MultiplexedCalls } from '../../controller/hosts/multiplexed-calls.js';
import { CopaError } from '../../common/errors.js';
import type { Answer__Output as Answer } from '../../proto/gen/copa/agent/v1/Answer.js';
import type { Question } from '../../proto/gen/copa/agent/v1/Question.js';
import { failureOf } from '../support/failures.js';

interface Call {
  readonly asked: Question[];
  readonly answer: (answer: Answer) => void;
  readonly end: (reason: Error) => void;
  isEnded: boolean;
}

const calls: Call[] = [];
const tired = () => new CopaError('deadline_exceeded', 'tired');
const gone = new CopaError('unavailable', 'gone');
const aMinute = 60_000;
let questions: MultiplexedCalls;

beforeEach(() => {
  vi.useFakeTimers();
  calls.length = 0;
  questions = new MultiplexedCalls(({ onAnswer, onEnd }) => {
    const call: Call = { asked: [], answer: onAnswer, end: onEnd, isEnded: false };
    calls.push(call);
    return { write: (question) => call.asked.push(question), end: () => (call.isEnded = true) };
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const ask = (container: string, patienceMs = aMinute) =>
  questions.ask({ requestId: container, getInformation: { container } }, patienceMs, tired);
const idOf = (container: string) =>
  calls.flatMap(({ asked }) => asked).find(({ requestId }) => requestId === container)?.id ?? NaN;
const told = (container: string): Answer => ({
  id: idOf(container),
  failure: { status: 5, message: container },
});

test('all go over one call, and each gets its answer, in whatever order they come', async () => {
  const [one, two] = [ask('one'), ask('two')];
  calls[0]?.answer(told('two'));
  calls[0]?.answer(told('one'));
  expect((await one).failure?.message).toBe('one');
  expect((await two).failure?.message).toBe('two');
  expect(calls.length).toBe(1);
});

test("who is not answered in time is told so, and the late answer is nobody else's", async () => {
  const failing = failureOf(() => ask('one', 1_000));
  const two = ask('two');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await failing).toBe('deadline_exceeded: tired');
  calls[0]?.answer(told('one'));
  calls[0]?.answer(told('two'));
  expect((await two).failure?.message).toBe('two');
});

test('when the call ends, all who wait are told why, and the next question opens another', async () => {
  const failing = [ask('one'), ask('two')].map((asked) => failureOf(() => asked));
  calls[0]?.end(gone);
  expect(await Promise.all(failing)).toEqual(['unavailable: gone', 'unavailable: gone']);
  const three = ask('three');
  calls[0]?.end(gone);
  calls[1]?.answer(told('three'));
  expect((await three).failure?.message).toBe('three');
});

test('nobody asks for a while: the call is ended, but never under a question', async () => {
  const one = ask('one', 10 * aMinute);
  await vi.advanceTimersByTimeAsync(5 * aMinute);
  expect(calls[0]?.isEnded).toBe(false);
  calls[0]?.answer(told('one'));
  await one;
  await vi.advanceTimersByTimeAsync(aMinute);
  expect(calls[0]?.isEnded).toBe(true);
  void ask('two').catch(() => undefined);
  expect(calls.length).toBe(2);
});
