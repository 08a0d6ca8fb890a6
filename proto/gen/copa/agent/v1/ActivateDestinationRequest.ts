// Original file: proto/copa/agent/v1/agent.proto

import type {
  MigrationCommand as _copa_agent_v1_MigrationCommand,
  MigrationCommand__Output as _copa_agent_v1_MigrationCommand__Output,
} from '../../../copa/agent/v1/MigrationCommand.js';
import type {
  Manifest as _copa_agent_v1_Manifest,
  Manifest__Output as _copa_agent_v1_Manifest__Output,
} from '../../../copa/agent/v1/Manifest.js';
import type {
  Placement as _copa_agent_v1_Placement,
  Placement__Output as _copa_agent_v1_Placement__Output,
} from '../../../copa/agent/v1/Placement.js';

export interface ActivateDestinationRequest {
  command?: _copa_agent_v1_MigrationCommand | null;
  run?: boolean;
  settings?: _copa_agent_v1_Manifest | null;
  placement?: _copa_agent_v1_Placement | null;
}

export interface ActivateDestinationRequest__Output {
  command: _copa_agent_v1_MigrationCommand__Output | null;
  run: boolean;
  settings: _copa_agent_v1_Manifest__Output | null;
  placement: _copa_agent_v1_Placement__Output | null;
}
