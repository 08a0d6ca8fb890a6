// Original file: proto/copa/agent/v1/migration.proto

import type { Long } from '@grpc/proto-loader';

export interface ParkContainerRequest {
  evacuationId?: string;
  fence?: number | string | Long;
  container?: string;
  uuid?: string;
  timeoutSeconds?: number;
}

export interface ParkContainerRequest__Output {
  evacuationId: string;
  fence: number;
  container: string;
  uuid: string;
  timeoutSeconds: number;
}
