// Original file: proto/copa/agent/v1/identity.proto

import type {
  Trust as _copa_agent_v1_Trust,
  Trust__Output as _copa_agent_v1_Trust__Output,
} from '../../../copa/agent/v1/Trust.js';

export interface UpdateTrustRequest {
  trust?: _copa_agent_v1_Trust | null;
}

export interface UpdateTrustRequest__Output {
  trust: _copa_agent_v1_Trust__Output | null;
}
