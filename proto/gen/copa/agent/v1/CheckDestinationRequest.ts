// Original file: proto/copa/agent/v1/agent.proto

import type {
  Manifest as _copa_agent_v1_Manifest,
  Manifest__Output as _copa_agent_v1_Manifest__Output,
} from '../../../copa/agent/v1/Manifest.js';

export interface CheckDestinationRequest {
  manifest?: _copa_agent_v1_Manifest | null;
  live?: boolean;
}

export interface CheckDestinationRequest__Output {
  manifest: _copa_agent_v1_Manifest__Output | null;
  live: boolean;
}
