// Original file: proto/copa/agent/v1/migration.proto

import type { Long } from '@grpc/proto-loader';

export interface ContainerMark {
  container?: string;
  migrationId?: string;
  role?: string;
  peer?: string;
  fence?: number | string | Long;
  foreign?: boolean;
}

export interface ContainerMark__Output {
  container: string;
  migrationId: string;
  role: string;
  peer: string;
  fence: number;
  foreign: boolean;
}
