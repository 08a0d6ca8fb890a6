// Original file: proto/copa/agent/v1/measurements.proto

import type {
  Measurement as _copa_agent_v1_Measurement,
  Measurement__Output as _copa_agent_v1_Measurement__Output,
} from '../../../copa/agent/v1/Measurement.js';
import type { Long } from '@grpc/proto-loader';

export interface ReadMeasurementsReply {
  rows?: _copa_agent_v1_Measurement[];
  next?: number | string | Long;
}

export interface ReadMeasurementsReply__Output {
  rows: _copa_agent_v1_Measurement__Output[];
  next: number;
}
