// Original file: proto/copa/agent/v1/agent.proto

import type {
  NetworkName as _copa_agent_v1_NetworkName,
  NetworkName__Output as _copa_agent_v1_NetworkName__Output,
} from '../../../copa/agent/v1/NetworkName.js';
import type { Long } from '@grpc/proto-loader';

export interface ApplyNamesRequest {
  generation?: number | string | Long;
  names?: _copa_agent_v1_NetworkName[];
  since?: number | string | Long;
}

export interface ApplyNamesRequest__Output {
  generation: number;
  names: _copa_agent_v1_NetworkName__Output[];
  since: number;
}
