// Original file: proto/copa/agent/v1/agent.proto

import type {
  MigrationCommand as _copa_agent_v1_MigrationCommand,
  MigrationCommand__Output as _copa_agent_v1_MigrationCommand__Output,
} from './MigrationCommand.js';
import type {
  Manifest as _copa_agent_v1_Manifest,
  Manifest__Output as _copa_agent_v1_Manifest__Output,
} from './Manifest.js';

export interface ReceiveCopyRequest {
  command?: _copa_agent_v1_MigrationCommand | null;
  transferId?: string;
  ticket?: string;
  sourcePool?: string;
  relayed?: boolean;
  manifest?: _copa_agent_v1_Manifest | null;
  refresh?: boolean;
  live?: boolean;
  attachOnly?: boolean;
  firstRefresh?: boolean;
}

export interface ReceiveCopyRequest__Output {
  command: _copa_agent_v1_MigrationCommand__Output | null;
  transferId: string;
  ticket: string;
  sourcePool: string;
  relayed: boolean;
  manifest: _copa_agent_v1_Manifest__Output | null;
  refresh: boolean;
  live: boolean;
  attachOnly: boolean;
  firstRefresh: boolean;
}
