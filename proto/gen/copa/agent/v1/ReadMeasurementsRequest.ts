// Original file: proto/copa/agent/v1/measurements.proto

import type { Long } from '@grpc/proto-loader';

export interface ReadMeasurementsRequest {
  kind?: string;
  limit?: number;
  belowId?: number | string | Long;
  aboveId?: number | string | Long;
  ageMsMax?: number | string | Long;
  subject?: string;
  coarse?: boolean;
  idFloor?: number | string | Long;
}

export interface ReadMeasurementsRequest__Output {
  kind: string;
  limit: number;
  belowId: number;
  aboveId: number;
  ageMsMax: number;
  subject: string;
  coarse: boolean;
  idFloor: number;
}
