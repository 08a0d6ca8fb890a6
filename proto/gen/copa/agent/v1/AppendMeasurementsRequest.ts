// Original file: proto/copa/agent/v1/measurements.proto

import type { Long } from '@grpc/proto-loader';

export interface AppendMeasurementsRequest {
  kind?: string;
  rowsJson?: string[];
  idFloor?: number | string | Long;
}

export interface AppendMeasurementsRequest__Output {
  kind: string;
  rowsJson: string[];
  idFloor: number;
}
