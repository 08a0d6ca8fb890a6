// Aim: a value that a user gave is safe in a message. Method: a few cases.
import { expect, test } from 'vitest';
import { shown } from '../../common/names.js';

test('values are quoted, escaped and truncated', () => {
  expect(shown('a\0"b')).toBe(String.raw`"a\u0000\"b"`);
  expect(shown('x'.repeat(300))).toHaveLength(82);
  expect(shown({ a: 1 })).toBe(String.raw`"{\"a\":1}"`);
});
