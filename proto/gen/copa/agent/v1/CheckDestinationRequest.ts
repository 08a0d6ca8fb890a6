// Original file: proto/copa/agent/v1/agent.proto

import type {
  Manifest as _copa_agent_v1_Manifest,
  Manifest__Output as _copa_agent_v1_Manifest__Output,
} from '../../../copa/agent/v1/Manifest.js';
import type {
  Placement as _copa_agent_v1_Placement,
  Placement__Output as _copa_agent_v1_Placement__Output,
} from '../../../copa/agent/v1/Placement.js';

export interface CheckDestinationRequest {
  manifest?: _copa_agent_v1_Manifest | null;
  live?: boolean;
  placement?: _copa_agent_v1_Placement | null;
}

export interface CheckDestinationRequest__Output {
  manifest: _copa_agent_v1_Manifest__Output | null;
  live: boolean;
  placement: _copa_agent_v1_Placement__Output | null;
}
