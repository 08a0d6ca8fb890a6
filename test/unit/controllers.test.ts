// Aim: which controllers may join, be removed or get a vote, which changes are events, and that a box opens for its
// recipient alone. Method: the pure functions.
import { describe, expect, test } from 'vitest';
import {
  checkJoin,
  checkPromotion,
  checkRemoval,
  majorityOf,
  type ControllerState,
} from '../../controller/cluster/decisions.js';
import { changesBetween } from '../../controller/cluster/member-watch.js';
import { newBoxKeys, openBox, sealFor } from '../../controller/cluster/sealed-box.js';
import { failureOf } from '../support/failures.js';

const cluster = (...states: ControllerState[]) =>
  states.map((state, index) => ({ name: `c${index + 1}`, address: `10.0.0.${index + 1}:8005`, state }));
const removing = (states: ControllerState[], wanted: string, alone = false) =>
  failureOf(() => checkRemoval(cluster(...states), wanted, alone));

test('a majority is more than half', () => {
  expect([1, 2, 3, 4, 5].map(majorityOf)).toEqual([1, 2, 2, 3, 3]);
});

describe('a controller is removed only if the others go on', () => {
  test.each<[ControllerState[], string, string]>([
    [['up', 'up', 'up'], 'c1', 'nothing'],
    [['up', 'up', 'down'], 'c3', 'nothing'],
    [['up', 'up', 'up', 'down', 'down'], 'c5', 'nothing'],
    [['up', 'joining'], 'c2', 'nothing'],
    [['up', 'up', 'joining'], 'c3', 'nothing'],
  ])('%j without %s', async (states, wanted, refusal) => {
    expect(await removing(states, wanted).catch(() => 'nothing')).toBe(refusal);
  });

  test.each<[ControllerState[], string, RegExp]>([
    [['up'], 'c1', /is the only controller/],
    [['up', 'up'], 'c1', /"c2" would be the only controller left.*--alone/],
    [['up', 'joining'], 'c1', /of the 0 controllers|would be left/],
    [
      ['up', 'down'],
      'c1',
      /1 controllers that would be left, 0 would be up, and 1 have to be: bring c2 back/,
    ],
    [['up', 'up', 'down'], 'c1', /of the 2 controllers that would be left, 1 would be up, and 2 have to be/],
    [['up', 'up', 'up'], 'c4', /^not_found: there is no controller "c4"; there is c1, c2, c3/],
  ])('%j without %s is refused', async (states, wanted, why) => {
    expect(await removing(states, wanted)).toMatch(why);
  });

  test('one of two by request, if the other one is up', async () => {
    expect(() => checkRemoval(cluster('up', 'up'), '10.0.0.2:8005', true)).not.toThrow();
    expect(await removing(['up', 'down'], 'c1', true)).toMatch(/bring c2 back/);
  });
});

test('controllers join one after the other, under names and addresses of their own', async () => {
  const fresh = { name: 'c9', address: '10.0.0.9:8005' };
  const joining = (states: ControllerState[], more = {}) =>
    failureOf(() => checkJoin(cluster(...states), { ...fresh, ...more }));
  expect(() => checkJoin(cluster('up', 'down', 'up'), fresh)).not.toThrow();
  expect(await joining(['up', 'joining'])).toMatch(/^unavailable: controller "c2" is joining/);
  expect(await joining(['up', 'up'], { name: 'c2' })).toMatch(/^already_exists: there is a controller "c2"/);
  expect(await joining(['up'], { address: '10.0.0.1:8005' })).toMatch(
    /^already_exists: .*of controller "c1"/,
  );
});

test('a vote is for one that has none', async () => {
  expect(() => checkPromotion(cluster('up', 'joining'), 'c2')).not.toThrow();
  expect(await failureOf(() => checkPromotion(cluster('up', 'up'), 'c2'))).toMatch(/has a vote already/);
});

test('changes of controllers are events, once each', () => {
  const of = (states: Record<string, ControllerState>) => new Map(Object.entries(states));
  const between = (before: Record<string, ControllerState>, after: Record<string, ControllerState>) =>
    changesBetween(of(before), of(after)).map(
      (event) => `${event.type} ${'controller' in event ? event.controller : ''}`,
    );
  expect(between({ a: 'up' }, { a: 'up', b: 'joining' })).toEqual(['controller.joined b']);
  expect(between({ b: 'joining' }, { b: 'down' })).toEqual([]);
  expect(between({ b: 'down' }, { b: 'up' })).toEqual(['controller.up b']);
  expect(between({ b: 'up' }, { b: 'down' })).toEqual(['controller.down b']);
  expect(between({ a: 'up', b: 'up' }, { a: 'up' })).toEqual(['controller.removed b']);
  expect(between({ a: 'up' }, { a: 'up' })).toEqual([]);
});

test('a box opens for its recipient alone, and as it was meant', async () => {
  const [recipient, other] = [newBoxKeys(), newBoxKeys()];
  const circumstances = { shared: 'token', about: 'controller c2' };
  const box = sealFor(recipient.publicKey, 'the secret', circumstances);
  expect(JSON.stringify(box)).not.toContain('secret');
  expect(openBox(recipient, box, circumstances)).toBe('the secret');
  expect(openBox(other, box, circumstances)).toBeUndefined();
  expect(openBox(recipient, box, { ...circumstances, shared: 'guess' })).toBeUndefined();
  expect(openBox(recipient, box, { ...circumstances, about: 'controller c3' })).toBeUndefined();
  expect(openBox(recipient, { ...box, publicKey: other.publicKey }, circumstances)).toBeUndefined();
  expect(await failureOf(() => sealFor(Buffer.alloc(32).toString('base64'), '', circumstances))).toMatch(
    /^invalid_argument: .*not a key of X25519/,
  );
});
