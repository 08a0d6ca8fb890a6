// Original file: proto/copa/agent/v1/migration.proto

import type {
  MigrationCommand as _copa_agent_v1_MigrationCommand,
  MigrationCommand__Output as _copa_agent_v1_MigrationCommand__Output,
} from '../../../copa/agent/v1/MigrationCommand.js';
import type {
  Manifest as _copa_agent_v1_Manifest,
  Manifest__Output as _copa_agent_v1_Manifest__Output,
} from '../../../copa/agent/v1/Manifest.js';
import type {
  Mapping as _copa_agent_v1_Mapping,
  Mapping__Output as _copa_agent_v1_Mapping__Output,
} from '../../../copa/agent/v1/Mapping.js';

export interface ActivateDestinationRequest {
  command?: _copa_agent_v1_MigrationCommand | null;
  run?: boolean;
  settings?: _copa_agent_v1_Manifest | null;
  mapping?: _copa_agent_v1_Mapping | null;
}

export interface ActivateDestinationRequest__Output {
  command: _copa_agent_v1_MigrationCommand__Output | null;
  run: boolean;
  settings: _copa_agent_v1_Manifest__Output | null;
  mapping: _copa_agent_v1_Mapping__Output | null;
}
