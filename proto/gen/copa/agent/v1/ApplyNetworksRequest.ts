// Original file: proto/copa/agent/v1/networks.proto

import type {
  HostNetwork as _copa_agent_v1_HostNetwork,
  HostNetwork__Output as _copa_agent_v1_HostNetwork__Output,
} from '../../../copa/agent/v1/HostNetwork.js';
import type { Long } from '@grpc/proto-loader';

export interface ApplyNetworksRequest {
  generation?: number | string | Long;
  networks?: _copa_agent_v1_HostNetwork[];
  checkOnly?: boolean;
}

export interface ApplyNetworksRequest__Output {
  generation: number;
  networks: _copa_agent_v1_HostNetwork__Output[];
  checkOnly: boolean;
}
