// Original file: proto/copa/agent/v1/networks.proto

import type {
  NetworkFinding as _copa_agent_v1_NetworkFinding,
  NetworkFinding__Output as _copa_agent_v1_NetworkFinding__Output,
} from '../../../copa/agent/v1/NetworkFinding.js';
import type {
  EncryptionKey as _copa_agent_v1_EncryptionKey,
  EncryptionKey__Output as _copa_agent_v1_EncryptionKey__Output,
} from '../../../copa/agent/v1/EncryptionKey.js';
import type { Long } from '@grpc/proto-loader';

export interface ApplyNetworksReply {
  generation?: number | string | Long;
  findings?: _copa_agent_v1_NetworkFinding[];
  mtuMax?: number;
  needsAll?: boolean;
  keys?: _copa_agent_v1_EncryptionKey[];
}

export interface ApplyNetworksReply__Output {
  generation: number;
  findings: _copa_agent_v1_NetworkFinding__Output[];
  mtuMax: number;
  needsAll: boolean;
  keys: _copa_agent_v1_EncryptionKey__Output[];
}
