// Original file: proto/copa/agent/v1/preflight.proto

import type {
  Finding as _copa_agent_v1_Finding,
  Finding__Output as _copa_agent_v1_Finding__Output,
} from '../../../copa/agent/v1/Finding.js';
import type {
  Space as _copa_agent_v1_Space,
  Space__Output as _copa_agent_v1_Space__Output,
} from '../../../copa/agent/v1/Space.js';
import type {
  Mapping as _copa_agent_v1_Mapping,
  Mapping__Output as _copa_agent_v1_Mapping__Output,
} from '../../../copa/agent/v1/Mapping.js';
import type {
  VolumePlan as _copa_agent_v1_VolumePlan,
  VolumePlan__Output as _copa_agent_v1_VolumePlan__Output,
} from '../../../copa/agent/v1/VolumePlan.js';

export interface Findings {
  findings?: _copa_agent_v1_Finding[];
  storageDriver?: string;
  precopy?: boolean;
  warnings?: _copa_agent_v1_Finding[];
  space?: _copa_agent_v1_Space | null;
  mapped?: boolean;
  proposal?: _copa_agent_v1_Mapping | null;
  checksContainers?: boolean;
  seesFiles?: boolean;
  takesVolumes?: boolean;
  volumes?: _copa_agent_v1_VolumePlan[];
}

export interface Findings__Output {
  findings: _copa_agent_v1_Finding__Output[];
  storageDriver: string;
  precopy: boolean;
  warnings: _copa_agent_v1_Finding__Output[];
  space: _copa_agent_v1_Space__Output | null;
  mapped: boolean;
  proposal: _copa_agent_v1_Mapping__Output | null;
  checksContainers: boolean;
  seesFiles: boolean;
  takesVolumes: boolean;
  volumes: _copa_agent_v1_VolumePlan__Output[];
}
