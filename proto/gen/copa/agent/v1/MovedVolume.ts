// Original file: proto/copa/agent/v1/migration.proto

import type {
  VolumeName as _copa_agent_v1_VolumeName,
  VolumeName__Output as _copa_agent_v1_VolumeName__Output,
} from '../../../copa/agent/v1/VolumeName.js';

export interface MovedVolume {
  name?: _copa_agent_v1_VolumeName | null;
  snapshots?: string[];
}

export interface MovedVolume__Output {
  name: _copa_agent_v1_VolumeName__Output | null;
  snapshots: string[];
}
