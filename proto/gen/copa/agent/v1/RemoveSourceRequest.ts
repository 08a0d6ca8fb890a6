// Original file: proto/copa/agent/v1/migration.proto

import type {
  MigrationCommand as _copa_agent_v1_MigrationCommand,
  MigrationCommand__Output as _copa_agent_v1_MigrationCommand__Output,
} from '../../../copa/agent/v1/MigrationCommand.js';
import type {
  MovedVolume as _copa_agent_v1_MovedVolume,
  MovedVolume__Output as _copa_agent_v1_MovedVolume__Output,
} from '../../../copa/agent/v1/MovedVolume.js';

export interface RemoveSourceRequest {
  command?: _copa_agent_v1_MigrationCommand | null;
  keepAs?: string;
  volumes?: _copa_agent_v1_MovedVolume[];
}

export interface RemoveSourceRequest__Output {
  command: _copa_agent_v1_MigrationCommand__Output | null;
  keepAs: string;
  volumes: _copa_agent_v1_MovedVolume__Output[];
}
