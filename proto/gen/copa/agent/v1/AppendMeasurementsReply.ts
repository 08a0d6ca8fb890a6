// Original file: proto/copa/agent/v1/measurements.proto

import type { Long } from '@grpc/proto-loader';

export interface AppendMeasurementsReply {
  lastId?: number | string | Long;
}

export interface AppendMeasurementsReply__Output {
  lastId: number;
}
