// Original file: proto/copa/agent/v1/agent.proto

import type {
  ForwardedPort as _copa_agent_v1_ForwardedPort,
  ForwardedPort__Output as _copa_agent_v1_ForwardedPort__Output,
} from '../../../copa/agent/v1/ForwardedPort.js';
import type { Long } from '@grpc/proto-loader';

export interface ApplyPortsRequest {
  generation?: number | string | Long;
  ports?: _copa_agent_v1_ForwardedPort[];
  checkOnly?: boolean;
}

export interface ApplyPortsRequest__Output {
  generation: number;
  ports: _copa_agent_v1_ForwardedPort__Output[];
  checkOnly: boolean;
}
