// Original file: proto/copa/agent/v1/containers.proto

import type {
  Limits as _copa_agent_v1_Limits,
  Limits__Output as _copa_agent_v1_Limits__Output,
} from '../../../copa/agent/v1/Limits.js';

export interface SetLimitsRequest {
  container?: string;
  limits?: _copa_agent_v1_Limits | null;
}

export interface SetLimitsRequest__Output {
  container: string;
  limits: _copa_agent_v1_Limits__Output | null;
}
