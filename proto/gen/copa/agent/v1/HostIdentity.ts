// Original file: proto/copa/agent/v1/identity.proto

import type {
  Note as _copa_agent_v1_Note,
  Note__Output as _copa_agent_v1_Note__Output,
} from '../../../copa/agent/v1/Note.js';

export interface HostIdentity {
  certificate?: string;
  notes?: _copa_agent_v1_Note[];
  keepsNotes?: boolean;
}

export interface HostIdentity__Output {
  certificate: string;
  notes: _copa_agent_v1_Note__Output[];
  keepsNotes: boolean;
}
