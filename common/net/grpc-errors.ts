/** Converts errors to gRPC statuses and back. errors.ts has their codes. */
import { Metadata, status, type StatusObject } from '@grpc/grpc-js';
import type { Failure__Output as Failure } from '../../proto/gen/copa/agent/v1/Failure.js';
import { CopaError, type ErrorCode } from '../errors.js';

/** A trailer that marks a peer's own error, because gRPC uses some of its codes for broken connections, too. */
const answerTrailer = 'copa-code';

export type GrpcError = Pick<StatusObject, 'code' | 'details' | 'metadata'>;

/** Converts an error for gRPC. Anything but a CopaError becomes a bare internal error. */
export function grpcErrorOf(error: unknown): GrpcError {
  const reported =
    error instanceof CopaError ? error : new CopaError('internal', 'internal error in the agent');
  const metadata = new Metadata();
  metadata.set(answerTrailer, reported.code);
  return {
    code: status[reported.code.toUpperCase() as Uppercase<ErrorCode>],
    details: reported.message,
    metadata,
  };
}

/** The error in a frame of a multiplexed call. Only the agent itself sends such a frame. */
export function grpcErrorFrom({ status: number, message }: Failure): GrpcError {
  const name = status[number] as keyof typeof status | undefined;
  const metadata = new Metadata();
  metadata.set(answerTrailer, name ?? 'UNKNOWN');
  return { code: status[name ?? 'UNKNOWN'], details: message, metadata };
}

/** Whether the peer itself returned the error, and not its connection. */
export function isFromAgent({ metadata }: { readonly metadata: Metadata }): boolean {
  return metadata.get(answerTrailer).length > 0;
}
