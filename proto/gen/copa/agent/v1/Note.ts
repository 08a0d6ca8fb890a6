// Original file: proto/copa/agent/v1/identity.proto

import type { Long } from '@grpc/proto-loader';

export interface Note {
  key?: string;
  atMs?: number | string | Long;
  untilMs?: number | string | Long;
  sealed?: string;
}

export interface Note__Output {
  key: string;
  atMs: number;
  untilMs: number;
  sealed: string;
}
