// Original file: proto/copa/agent/v1/agent.proto

import type {
  Finding as _copa_agent_v1_Finding,
  Finding__Output as _copa_agent_v1_Finding__Output,
} from './Finding.js';

export interface Findings {
  findings?: _copa_agent_v1_Finding[];
  storageDriver?: string;
  precopy?: boolean;
}

export interface Findings__Output {
  findings: _copa_agent_v1_Finding__Output[];
  storageDriver: string;
  precopy: boolean;
}
