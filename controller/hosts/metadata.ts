/** The metadata of a gRPC call. */
import { Metadata } from '@grpc/grpc-js';
import { currentRequestId, requestIdHeader } from '../../common/observability/request-id.js';

/** Carries the request's id to the agent's log. The id has to be read before any wait. */
export function metadataOf(id = currentRequestId()): Metadata {
  const metadata = new Metadata();
  if (id !== undefined) metadata.set(requestIdHeader, id);
  return metadata;
}
