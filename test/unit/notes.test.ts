// Aim: a host can neither make nor read a note, and never loses one to an older list. Method: the pure functions.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { mergeNotes, notesMax } from '../../agent/identity/notes.js';
import { makeNote, openNote } from '../../controller/pki/notes.js';
import { isSettled } from '../../controller/model/restored.js';

const secret = randomBytes(32);
const content = { kind: 'token revoked', id: 'abc', untilMs: 9 } as const;

test('only the cluster secret opens a note, under its own key', () => {
  const note = makeNote(secret, content, 5, 9);
  expect(openNote(secret, note)).toEqual(content);
  expect(JSON.stringify(note)).not.toContain('abc');
  expect(openNote(randomBytes(32), note)).toBeUndefined();
  const other = makeNote(secret, { kind: 'pool revoked', pool: 'abc', issuedUntilMs: 1 }, 5, 9);
  expect(other.key).not.toBe(note.key);
  expect(openNote(secret, { key: other.key, sealed: note.sealed })).toBeUndefined();
});

test('the later note counts, an expired one goes, and none is lost', () => {
  const note = (key: string, atMs: number, untilMs = 100) => ({ key, atMs, untilMs, sealed: `${atMs}` });
  const known = [note('b', 2), note('a', 1)];
  expect(mergeNotes(known, [], 10)).toBe(known);
  expect(mergeNotes(known, [note('a', 1)], 10)).toBe(known);
  expect(mergeNotes(known, [note('b', 1)], 10)).toBe(known);
  expect(mergeNotes(known, [note('a', 3)], 10)).toEqual([note('a', 3), note('b', 2)]);
  expect(mergeNotes(known, [note('c', 0, 10)], 10)).toBe(known);
  expect(mergeNotes([note('a', 1, 9)], [], 10)).toEqual([]);
  const many = Array.from({ length: notesMax + 5 }, (_, at) => note(`${at}`, at));
  expect(mergeNotes([], many, 10)).toHaveLength(notesMax);
});

test.each([
  [0, 0, true],
  [1, 1, false],
  [1, 0, true],
  [2, 1, false],
  [3, 1, true],
  [4, 2, false],
])('of %i pools, %i waiting: settled is %s', (pools, waiting, settled) => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `server${index}`);
  expect(isSettled({ pools: names(pools), waiting: names(waiting) })).toBe(settled);
});
