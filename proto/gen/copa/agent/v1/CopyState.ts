// Original file: proto/copa/agent/v1/migration.proto

import type { Long } from '@grpc/proto-loader';

export interface CopyState {
  exists?: boolean;
  role?: string;
  migrationId?: string;
  status?: string;
  snapshots?: string[];
  hasRun?: boolean;
  held?: boolean;
  stoppedByOthers?: boolean;
  activated?: boolean;
  fence?: number | string | Long;
  released?: boolean;
  shutDown?: boolean;
  upMs?: number;
}

export interface CopyState__Output {
  exists: boolean;
  role: string;
  migrationId: string;
  status: string;
  snapshots: string[];
  hasRun: boolean;
  held: boolean;
  stoppedByOthers: boolean;
  activated: boolean;
  fence: number;
  released: boolean;
  shutDown: boolean;
  upMs: number;
}
