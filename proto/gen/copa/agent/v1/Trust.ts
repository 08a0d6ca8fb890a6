// Original file: proto/copa/agent/v1/identity.proto

import type {
  Revocation as _copa_agent_v1_Revocation,
  Revocation__Output as _copa_agent_v1_Revocation__Output,
} from '../../../copa/agent/v1/Revocation.js';
import type {
  Note as _copa_agent_v1_Note,
  Note__Output as _copa_agent_v1_Note__Output,
} from '../../../copa/agent/v1/Note.js';
import type { Long } from '@grpc/proto-loader';

export interface Trust {
  generation?: number | string | Long;
  ca?: string;
  revoked?: _copa_agent_v1_Revocation[];
  notes?: _copa_agent_v1_Note[];
}

export interface Trust__Output {
  generation: number;
  ca: string;
  revoked: _copa_agent_v1_Revocation__Output[];
  notes: _copa_agent_v1_Note__Output[];
}
