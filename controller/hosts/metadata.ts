/** The metadata of a gRPC call. */
import { Metadata } from '@grpc/grpc-js';
import { currentRequestId, requestIdHeader } from '../../common/observability/request-id.js';

/** Sends the request id to the agent's log. The id must be read before the first await. */
export function metadataOf(id = currentRequestId()): Metadata {
  const metadata = new Metadata();
  if (id !== undefined) metadata.set(requestIdHeader, id);
  return metadata;
}
