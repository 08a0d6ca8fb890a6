// Original file: proto/copa/agent/v1/preflight.proto

import type {
  StorageUse as _copa_agent_v1_StorageUse,
  StorageUse__Output as _copa_agent_v1_StorageUse__Output,
} from '../../../copa/agent/v1/StorageUse.js';

export interface AttachedVolume {
  storagePool?: string;
  volume?: string;
  device?: string;
  description?: string;
  config?: { [key: string]: string };
  snapshots?: string[];
  storageDriver?: string;
  use?: _copa_agent_v1_StorageUse | null;
  namesChangedFiles?: boolean;
  suspect?: string;
  problem?: string;
}

export interface AttachedVolume__Output {
  storagePool: string;
  volume: string;
  device: string;
  description: string;
  config: { [key: string]: string };
  snapshots: string[];
  storageDriver: string;
  use: _copa_agent_v1_StorageUse__Output | null;
  namesChangedFiles: boolean;
  suspect: string;
  problem: string;
}
