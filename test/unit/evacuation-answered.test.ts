// Aim: a plan reads again what one broken connection has kept from it, and nothing else. Method: a read that fails so often.
import { expect, test } from 'vitest';
import { CopaError } from '../../common/errors.js';
import { answered } from '../../controller/evacuation/answered.js';

const failing = (times: number, error: Error) => {
  let calls = 0;
  return () => (++calls <= times ? Promise.reject(error) : Promise.resolve(calls));
};

test('a read is tried again while its host is not reached, three times in all', async () => {
  const broken = new CopaError('unavailable', 'the connection broke');
  await expect(answered(failing(2, broken))).resolves.toBe(3);
  await expect(answered(failing(3, broken))).rejects.toThrow('the connection broke');
});

test('a host that answers with an error is not asked again', async () => {
  await expect(answered(failing(1, new CopaError('not_found', 'no such container')))).rejects.toThrow(
    'no such',
  );
});
