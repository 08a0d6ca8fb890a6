// Original file: proto/copa/agent/v1/migration.proto

import type { Long } from '@grpc/proto-loader';

export interface MigrationCommand {
  migrationId?: string;
  fence?: number | string | Long;
  container?: string;
  sourcePool?: string;
  destinationPool?: string;
}

export interface MigrationCommand__Output {
  migrationId: string;
  fence: number;
  container: string;
  sourcePool: string;
  destinationPool: string;
}
