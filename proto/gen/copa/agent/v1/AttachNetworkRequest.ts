// Original file: proto/copa/agent/v1/networks.proto

import type {
  NetworkInterface as _copa_agent_v1_NetworkInterface,
  NetworkInterface__Output as _copa_agent_v1_NetworkInterface__Output,
} from '../../../copa/agent/v1/NetworkInterface.js';

export interface AttachNetworkRequest {
  container?: string;
  interface?: _copa_agent_v1_NetworkInterface | null;
}

export interface AttachNetworkRequest__Output {
  container: string;
  interface: _copa_agent_v1_NetworkInterface__Output | null;
}
