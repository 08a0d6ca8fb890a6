// Aim: log lines are readable on a terminal, without loss. Method: one line in, one line out.
import { expect, test } from 'vitest';
import { readable } from '../../common/observability/log.js';

const time = '2026-01-02T03:04:05.678Z';

test('level, time, message and fields', () => {
  const line = JSON.stringify({
    level: 40,
    time,
    msg: 'own etcd ended',
    code: 1,
    said: 'why',
    nested: { a: 1 },
  });
  expect(readable(line)).toBe('03:04:05 warn  own etcd ended code=1 said=why nested={"a":1}\n');
});

test('the stack of an error', () => {
  const err = { type: 'Error', message: 'm', stack: 'Error: m\n    at f' };
  const line = JSON.stringify({ level: 50, time, msg: 'failed', err });
  expect(readable(line)).toBe('03:04:05 error failed\nError: m\n    at f\n');
});
