// Original file: proto/copa/agent/v1/migration.proto

import type {
  MigrationCommand as _copa_agent_v1_MigrationCommand,
  MigrationCommand__Output as _copa_agent_v1_MigrationCommand__Output,
} from '../../../copa/agent/v1/MigrationCommand.js';
import type {
  ContainerCheck as _copa_agent_v1_ContainerCheck,
  ContainerCheck__Output as _copa_agent_v1_ContainerCheck__Output,
} from '../../../copa/agent/v1/ContainerCheck.js';

export interface SettleDestinationRequest {
  command?: _copa_agent_v1_MigrationCommand | null;
  settleMs?: number;
  check?: _copa_agent_v1_ContainerCheck | null;
}

export interface SettleDestinationRequest__Output {
  command: _copa_agent_v1_MigrationCommand__Output | null;
  settleMs: number;
  check: _copa_agent_v1_ContainerCheck__Output | null;
}
