// Original file: proto/copa/agent/v1/measurements.proto

import type { Long } from '@grpc/proto-loader';

export interface SummarizeMeasurementsRequest {
  ageMsMax?: number | string | Long;
}

export interface SummarizeMeasurementsRequest__Output {
  ageMsMax: number;
}
