// Original file: proto/copa/agent/v1/measurements.proto

import type { Long } from '@grpc/proto-loader';

export interface TrafficEvent {
  ready?: boolean;
  bytes?: number | string | Long;
  ms?: number | string;
}

export interface TrafficEvent__Output {
  ready: boolean;
  bytes: number;
  ms: number;
}
