// Aim: what both sides share means the same on both: codes, identities, names. Method: tables of cases.
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { errorReply, HttpError } from '../../controller/http/request/http-error.js';
import {
  codeOfGrpcStatus,
  CopaError,
  errorCodes,
  grpcStatusOf,
  httpStatusOf,
  isUnknownOutcome,
} from '../../common/errors.js';
import { identityOf, identityUri, sameIdentity } from '../../common/pki/identity.js';
import { shown } from '../../common/names.js';

describe('codes', () => {
  test('survive gRPC one to one', () => {
    for (const code of errorCodes) expect(codeOfGrpcStatus(grpcStatusOf(code))).toBe(code);
    expect(new Set(errorCodes.map(grpcStatusOf)).size).toBe(errorCodes.length);
  });

  test("are gRPC's own numbers", () => {
    for (const code of errorCodes) expect(status[grpcStatusOf(code)]).toBe(code.toUpperCase());
  });

  test('a status that COPA never sends is internal', () => {
    expect(codeOfGrpcStatus(status.DATA_LOSS)).toBe('internal');
  });

  test('each has an HTTP status for errors', () => {
    for (const code of errorCodes) expect(httpStatusOf(code)).toBeGreaterThanOrEqual(400);
    expect(httpStatusOf('not_found')).toBe(404);
    expect(httpStatusOf('unavailable')).toBe(503);
  });

  test('the unknown outcomes', () => {
    const unknown = errorCodes.filter((code) => isUnknownOutcome(new CopaError(code, '')));
    expect(unknown).toEqual(['cancelled', 'unavailable', 'deadline_exceeded']);
    expect(isUnknownOutcome(new Error('no CopaError'))).toBe(false);
  });
});

test('only foreseen failures are told', () => {
  expect(errorReply(new CopaError('not_found', 'no c1'))).toEqual({
    status: 404,
    headers: { 'X-Copa-Error': 'not_found' },
    body: { error: 'no c1' },
  });
  expect(errorReply(new HttpError(413, 'too long'))).toEqual({
    status: 413,
    headers: {},
    body: { error: 'too long' },
  });
  expect(errorReply(new Error('secret'))).toBeUndefined();
  expect(errorReply('secret')).toBeUndefined();
});

describe('identities', () => {
  test('are read back as they were written', () => {
    const identity = { role: 'agent', name: 'server1.example' } as const;
    expect(identityOf(`URI:${identityUri(identity)}`)).toEqual(identity);
    expect(sameIdentity(identityOf('URI:copa://agent/a'), { role: 'agent', name: 'a' })).toBe(true);
    expect(sameIdentity(identityOf('URI:copa://controller/a'), { role: 'agent', name: 'a' })).toBe(false);
    expect(sameIdentity(undefined, { role: 'agent', name: 'a' })).toBe(false);
  });

  test.each([
    undefined,
    '',
    'DNS:agent',
    'copa://agent/a',
    'URI:copa://agent/',
    'URI:copa://agent/a, URI:copa://controller/b',
    'URI:copa://agent/a, DNS:b',
    'URI:copa://root/a',
    'URI:copa://agent/a/b',
    'URI:copa://agent/a\n',
  ])('%j is none', (text) => {
    expect(identityOf(text)).toBeUndefined();
  });
});

test('values are shown quoted, escaped and cut', () => {
  expect(shown('a\0"b')).toBe(String.raw`"a\u0000\"b"`);
  expect(shown('x'.repeat(300))).toHaveLength(82);
  expect(shown({ a: 1 })).toBe(String.raw`"{\"a\":1}"`);
});
