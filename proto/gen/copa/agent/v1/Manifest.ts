// Original file: proto/copa/agent/v1/preflight.proto

import type {
  Device as _copa_agent_v1_Device,
  Device__Output as _copa_agent_v1_Device__Output,
} from '../../../copa/agent/v1/Device.js';
import type {
  Finding as _copa_agent_v1_Finding,
  Finding__Output as _copa_agent_v1_Finding__Output,
} from '../../../copa/agent/v1/Finding.js';
import type {
  SnapshotSettings as _copa_agent_v1_SnapshotSettings,
  SnapshotSettings__Output as _copa_agent_v1_SnapshotSettings__Output,
} from '../../../copa/agent/v1/SnapshotSettings.js';
import type {
  StorageUse as _copa_agent_v1_StorageUse,
  StorageUse__Output as _copa_agent_v1_StorageUse__Output,
} from '../../../copa/agent/v1/StorageUse.js';
import type {
  ProfileSettings as _copa_agent_v1_ProfileSettings,
  ProfileSettings__Output as _copa_agent_v1_ProfileSettings__Output,
} from '../../../copa/agent/v1/ProfileSettings.js';
import type {
  AttachedVolume as _copa_agent_v1_AttachedVolume,
  AttachedVolume__Output as _copa_agent_v1_AttachedVolume__Output,
} from '../../../copa/agent/v1/AttachedVolume.js';
import type {
  Changes as _copa_agent_v1_Changes,
  Changes__Output as _copa_agent_v1_Changes__Output,
} from '../../../copa/agent/v1/Changes.js';
import type { Long } from '@grpc/proto-loader';

export interface Manifest {
  container?: string;
  status?: string;
  architecture?: string;
  description?: string;
  ephemeral?: boolean;
  config?: { [key: string]: string };
  devices?: { [key: string]: _copa_agent_v1_Device };
  expandedDevices?: { [key: string]: _copa_agent_v1_Device };
  profiles?: string[];
  snapshots?: string[];
  storageDriver?: string;
  usedBytes?: number | string | Long;
  server?: string;
  findings?: _copa_agent_v1_Finding[];
  inspectedAtMs?: number | string | Long;
  sendsDifferences?: boolean;
  snapshotsCreatedAtMs?: (number | string | Long)[];
  expandedConfig?: { [key: string]: string };
  snapshotSettings?: _copa_agent_v1_SnapshotSettings[];
  use?: _copa_agent_v1_StorageUse | null;
  warnings?: _copa_agent_v1_Finding[];
  namesChangedFiles?: boolean;
  suspects?: boolean;
  profileSettings?: { [key: string]: _copa_agent_v1_ProfileSettings };
  volumes?: _copa_agent_v1_AttachedVolume[];
  changes?: _copa_agent_v1_Changes | null;
}

export interface Manifest__Output {
  container: string;
  status: string;
  architecture: string;
  description: string;
  ephemeral: boolean;
  config: { [key: string]: string };
  devices: { [key: string]: _copa_agent_v1_Device__Output };
  expandedDevices: { [key: string]: _copa_agent_v1_Device__Output };
  profiles: string[];
  snapshots: string[];
  storageDriver: string;
  usedBytes: number;
  server: string;
  findings: _copa_agent_v1_Finding__Output[];
  inspectedAtMs: number;
  sendsDifferences: boolean;
  snapshotsCreatedAtMs: number[];
  expandedConfig: { [key: string]: string };
  snapshotSettings: _copa_agent_v1_SnapshotSettings__Output[];
  use: _copa_agent_v1_StorageUse__Output | null;
  warnings: _copa_agent_v1_Finding__Output[];
  namesChangedFiles: boolean;
  suspects: boolean;
  profileSettings: { [key: string]: _copa_agent_v1_ProfileSettings__Output };
  volumes: _copa_agent_v1_AttachedVolume__Output[];
  changes: _copa_agent_v1_Changes__Output | null;
}
