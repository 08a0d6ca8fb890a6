// Original file: proto/copa/agent/v1/preflight.proto

import type {
  Manifest as _copa_agent_v1_Manifest,
  Manifest__Output as _copa_agent_v1_Manifest__Output,
} from '../../../copa/agent/v1/Manifest.js';
import type {
  Mapping as _copa_agent_v1_Mapping,
  Mapping__Output as _copa_agent_v1_Mapping__Output,
} from '../../../copa/agent/v1/Mapping.js';

export interface CheckDestinationRequest {
  manifest?: _copa_agent_v1_Manifest | null;
  live?: boolean;
  mapping?: _copa_agent_v1_Mapping | null;
}

export interface CheckDestinationRequest__Output {
  manifest: _copa_agent_v1_Manifest__Output | null;
  live: boolean;
  mapping: _copa_agent_v1_Mapping__Output | null;
}
