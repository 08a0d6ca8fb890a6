// Original file: proto/copa/agent/v1/preflight.proto

import type { Long } from '@grpc/proto-loader';

export interface Space {
  needed?: number | string | Long;
  neededMax?: number | string | Long;
  available?: number | string | Long;
}

export interface Space__Output {
  needed: number;
  neededMax: number;
  available: number;
}
