// Original file: proto/copa/agent/v1/migration.proto

import type { Long } from '@grpc/proto-loader';

export interface TransferEvent {
  ready?: boolean;
  bytes?: number | string | Long;
  startedAtMs?: number | string | Long;
  byRsync?: boolean;
}

export interface TransferEvent__Output {
  ready: boolean;
  bytes: number;
  startedAtMs: number;
  byRsync: boolean;
}
