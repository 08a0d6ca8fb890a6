// Original file: proto/copa/agent/v1/preflight.proto

import type {
  Device as _copa_agent_v1_Device,
  Device__Output as _copa_agent_v1_Device__Output,
} from '../../../copa/agent/v1/Device.js';

export interface SnapshotSettings {
  snapshots?: string[];
  config?: { [key: string]: string };
  devices?: { [key: string]: _copa_agent_v1_Device };
  profiles?: string[];
}

export interface SnapshotSettings__Output {
  snapshots: string[];
  config: { [key: string]: string };
  devices: { [key: string]: _copa_agent_v1_Device__Output };
  profiles: string[];
}
