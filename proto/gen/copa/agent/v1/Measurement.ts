// Original file: proto/copa/agent/v1/measurements.proto

import type { Long } from '@grpc/proto-loader';

export interface Measurement {
  id?: number | string | Long;
  atMs?: number | string | Long;
  json?: string;
}

export interface Measurement__Output {
  id: number;
  atMs: number;
  json: string;
}
