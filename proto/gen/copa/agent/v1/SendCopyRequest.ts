// Original file: proto/copa/agent/v1/migration.proto

import type {
  MigrationCommand as _copa_agent_v1_MigrationCommand,
  MigrationCommand__Output as _copa_agent_v1_MigrationCommand__Output,
} from '../../../copa/agent/v1/MigrationCommand.js';
import type {
  VolumeName as _copa_agent_v1_VolumeName,
  VolumeName__Output as _copa_agent_v1_VolumeName__Output,
} from '../../../copa/agent/v1/VolumeName.js';
import type { Long } from '@grpc/proto-loader';

export interface SendCopyRequest {
  command?: _copa_agent_v1_MigrationCommand | null;
  transferId?: string;
  ticket?: string;
  destinationPool?: string;
  destinationAddress?: string;
  relayed?: boolean;
  helperSnapshot?: string;
  bytesPerSecondMax?: number | string | Long;
  live?: boolean;
  attachOnly?: boolean;
  compress?: boolean;
  freeze?: boolean;
  streamFeatures?: string[];
  changedSinceMs?: number | string | Long;
  firstRefresh?: boolean;
  refresh?: boolean;
  byRsync?: string;
  volume?: _copa_agent_v1_VolumeName | null;
}

export interface SendCopyRequest__Output {
  command: _copa_agent_v1_MigrationCommand__Output | null;
  transferId: string;
  ticket: string;
  destinationPool: string;
  destinationAddress: string;
  relayed: boolean;
  helperSnapshot: string;
  bytesPerSecondMax: number;
  live: boolean;
  attachOnly: boolean;
  compress: boolean;
  freeze: boolean;
  streamFeatures: string[];
  changedSinceMs: number;
  firstRefresh: boolean;
  refresh: boolean;
  byRsync: string;
  volume: _copa_agent_v1_VolumeName__Output | null;
}
