// Original file: proto/copa/agent/v1/migration.proto

import type { Long } from '@grpc/proto-loader';

export interface UnparkContainerRequest {
  evacuationId?: string;
  fence?: number | string | Long;
  container?: string;
  uuid?: string;
  timeoutSeconds?: number;
  run?: boolean;
  onlyParked?: boolean;
}

export interface UnparkContainerRequest__Output {
  evacuationId: string;
  fence: number;
  container: string;
  uuid: string;
  timeoutSeconds: number;
  run: boolean;
  onlyParked: boolean;
}
