// Original file: proto/copa/agent/v1/preflight.proto

import type {
  VolumeName as _copa_agent_v1_VolumeName,
  VolumeName__Output as _copa_agent_v1_VolumeName__Output,
} from '../../../copa/agent/v1/VolumeName.js';

export interface VolumePlan {
  name?: _copa_agent_v1_VolumeName | null;
  running?: boolean;
  byFiles?: boolean;
}

export interface VolumePlan__Output {
  name: _copa_agent_v1_VolumeName__Output | null;
  running: boolean;
  byFiles: boolean;
}
