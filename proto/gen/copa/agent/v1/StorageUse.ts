// Original file: proto/copa/agent/v1/preflight.proto

import type { Long } from '@grpc/proto-loader';

export interface StorageUse {
  unknown?: boolean;
  reason?: string;
  volume?: number | string | Long;
  snapshots?: number | string | Long;
  largest?: number | string | Long;
  holes?: number | string | Long;
}

export interface StorageUse__Output {
  unknown: boolean;
  reason: string;
  volume: number;
  snapshots: number;
  largest: number;
  holes: number;
}
