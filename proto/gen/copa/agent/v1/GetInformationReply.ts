// Original file: proto/copa/agent/v1/inventory.proto

import type {
  Information as _copa_agent_v1_Information,
  Information__Output as _copa_agent_v1_Information__Output,
} from '../../../copa/agent/v1/Information.js';

export interface GetInformationReply {
  containers?: _copa_agent_v1_Information[];
  next?: string;
}

export interface GetInformationReply__Output {
  containers: _copa_agent_v1_Information__Output[];
  next: string;
}
