// Original file: proto/copa/agent/v1/preflight.proto

import type { Long } from '@grpc/proto-loader';

export interface InspectSourceRequest {
  container?: string;
  live?: boolean;
  measure?: boolean;
  compare?: boolean;
  ownFormat?: boolean;
  changedSinceMs?: number | string | Long;
  migrationId?: string;
}

export interface InspectSourceRequest__Output {
  container: string;
  live: boolean;
  measure: boolean;
  compare: boolean;
  ownFormat: boolean;
  changedSinceMs: number;
  migrationId: string;
}
