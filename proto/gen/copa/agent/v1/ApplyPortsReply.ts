// Original file: proto/copa/agent/v1/agent.proto

import type {
  PortFinding as _copa_agent_v1_PortFinding,
  PortFinding__Output as _copa_agent_v1_PortFinding__Output,
} from '../../../copa/agent/v1/PortFinding.js';
import type { Long } from '@grpc/proto-loader';

export interface ApplyPortsReply {
  generation?: number | string | Long;
  findings?: _copa_agent_v1_PortFinding[];
}

export interface ApplyPortsReply__Output {
  generation: number;
  findings: _copa_agent_v1_PortFinding__Output[];
}
