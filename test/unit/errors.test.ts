// Aim: error codes have the same meaning on both sides of gRPC and of HTTP. Method: tables of cases.
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

test('only expected failures are reported to clients', () => {
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
