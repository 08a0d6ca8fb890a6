// Original file: proto/copa/agent/v1/migration.proto

import type {
  MigrationCommand as _copa_agent_v1_MigrationCommand,
  MigrationCommand__Output as _copa_agent_v1_MigrationCommand__Output,
} from '../../../copa/agent/v1/MigrationCommand.js';

export interface RestoreSourceRequest {
  command?: _copa_agent_v1_MigrationCommand | null;
  run?: boolean;
}

export interface RestoreSourceRequest__Output {
  command: _copa_agent_v1_MigrationCommand__Output | null;
  run: boolean;
}
