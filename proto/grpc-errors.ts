/** Failures as they go over gRPC; their codes are in errors.ts. */
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { codeOfGrpcStatus, CopaError, grpcStatusOf } from './errors.js';

/** The trailer that only a peer's own answer has: gRPC gives some of its codes to broken connections, too. */
const answerTrailer = 'copa-code';

export type GrpcError = Pick<StatusObject, 'code' | 'details' | 'metadata'>;

/** A failure as it goes over gRPC. Anything but a CopaError is told as a bare internal error. */
export function grpcErrorOf(error: unknown): GrpcError {
  const told = error instanceof CopaError ? error : new CopaError('internal', 'internal error in the agent');
  return answeredWith(grpcStatusOf(told.code), told.message);
}

/** What a call that was answered with this status ends with. */
export function answeredWith(code: number, details: string): GrpcError {
  const metadata = new Metadata();
  metadata.set(answerTrailer, codeOfGrpcStatus(code));
  return { code, details, metadata };
}

/** Whether a failure is the peer's own word, and not a connection's. */
export function isAnswer({ metadata }: { readonly metadata: Metadata }): boolean {
  return metadata.get(answerTrailer).length > 0;
}
