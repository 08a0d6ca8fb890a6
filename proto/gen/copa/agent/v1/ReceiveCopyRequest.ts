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
import type {
  VolumeName as _copa_agent_v1_VolumeName,
  VolumeName__Output as _copa_agent_v1_VolumeName__Output,
} from '../../../copa/agent/v1/VolumeName.js';

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
  streamFeatures?: string[];
  mapping?: _copa_agent_v1_Mapping | null;
  volume?: _copa_agent_v1_VolumeName | null;
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
  streamFeatures: string[];
  mapping: _copa_agent_v1_Mapping__Output | null;
  volume: _copa_agent_v1_VolumeName__Output | null;
}
