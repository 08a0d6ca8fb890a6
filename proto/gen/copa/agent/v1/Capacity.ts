// Original file: proto/copa/agent/v1/inventory.proto

import type { Long } from '@grpc/proto-loader';

export interface Capacity {
  cpus?: number;
  load1?: number | string;
  memoryTotal?: number | string | Long;
  memoryAvailable?: number | string | Long;
  diskTotal?: number | string | Long;
  diskFree?: number | string | Long;
}

export interface Capacity__Output {
  cpus: number;
  load1: number;
  memoryTotal: number;
  memoryAvailable: number;
  diskTotal: number;
  diskFree: number;
}
