// Aim: retries slow down to a limit, are spread, restart after a success, and end with their caller. Method: a clock
// and a random source of the test.
import { describe, expect, test } from 'vitest';
import { Backoff } from '../../common/async/backoff.js';
import { systemClock, type Clock } from '../../common/async/clock.js';

const policy = { delayMsMin: 250, delayMsMax: 8_000 };

/** A clock that the test advances. */
class ManualClock implements Pick<Clock, 'delay'> {
  readonly delays: { readonly ms: number; readonly end: () => void }[] = [];

  delay(ms: number): Promise<void> {
    return new Promise((end) => this.delays.push({ ms, end }));
  }
}

describe('a delay', () => {
  test.each([
    { random: 1, delays: [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000] },
    { random: 0.5, delays: [125, 250, 500, 1_000, 2_000, 4_000, 4_000] },
    { random: 0, delays: [0, 0, 0] },
  ])('is up to twice the last one, and never over the maximum (random $random)', ({ random, delays }) => {
    const backoff = new Backoff(policy, { random: () => random });
    expect(delays.map(() => backoff.nextDelayMs())).toEqual(delays);
  });

  test('stays at the maximum however many failures there are', () => {
    const backoff = new Backoff(policy, { random: () => 1 });
    for (let failure = 0; failure < 5_000; failure++) backoff.nextDelayMs();
    expect(backoff.nextDelayMs()).toBe(8_000);
  });

  test('is short again after a success', () => {
    const backoff = new Backoff(policy, { random: () => 1 });
    for (let failure = 0; failure < 9; failure++) backoff.nextDelayMs();
    backoff.reset();
    expect(backoff.nextDelayMs()).toBe(250);
  });
});

describe('waiting', () => {
  test('takes the delay by the clock', async () => {
    const clock = new ManualClock();
    let isOver = false;
    const waiting = new Backoff(policy, { clock, random: () => 1 }).wait().then(() => (isOver = true));
    await Promise.resolve();
    expect(isOver).toBe(false);
    expect(clock.delays.map(({ ms }) => ms)).toEqual([250]);
    clock.delays[0]?.end();
    await waiting;
  });

  test('ends at once when its signal aborts, before or during it', async () => {
    const slow = new Backoff({ delayMsMin: 60_000, delayMsMax: 60_000 }, { random: () => 1 });
    const aborting = new AbortController();
    const startedAt = systemClock.now();
    const during = slow.wait(aborting.signal);
    aborting.abort();
    await during;
    await slow.wait(aborting.signal);
    expect(systemClock.now() - startedAt).toBeLessThan(30_000);
  });

  test("the system's clock waits", async () => {
    const startedAt = performance.now();
    await new Backoff({ delayMsMin: 5, delayMsMax: 5 }, { random: () => 1 }).wait();
    expect(performance.now() - startedAt).toBeGreaterThan(3);
  });
});
