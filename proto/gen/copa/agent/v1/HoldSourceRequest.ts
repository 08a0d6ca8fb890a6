// Original file: proto/copa/agent/v1/migration.proto

import type {
  MigrationCommand as _copa_agent_v1_MigrationCommand,
  MigrationCommand__Output as _copa_agent_v1_MigrationCommand__Output,
} from '../../../copa/agent/v1/MigrationCommand.js';

export interface HoldSourceRequest {
  command?: _copa_agent_v1_MigrationCommand | null;
  timeoutSeconds?: number;
  force?: boolean;
  live?: boolean;
}

export interface HoldSourceRequest__Output {
  command: _copa_agent_v1_MigrationCommand__Output | null;
  timeoutSeconds: number;
  force: boolean;
  live: boolean;
}
