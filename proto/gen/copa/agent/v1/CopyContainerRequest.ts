// Original file: proto/copa/agent/v1/containers.proto

import type {
  NetworkInterface as _copa_agent_v1_NetworkInterface,
  NetworkInterface__Output as _copa_agent_v1_NetworkInterface__Output,
} from '../../../copa/agent/v1/NetworkInterface.js';

export interface CopyContainerRequest {
  container?: string;
  newName?: string;
  interfaces?: _copa_agent_v1_NetworkInterface[];
}

export interface CopyContainerRequest__Output {
  container: string;
  newName: string;
  interfaces: _copa_agent_v1_NetworkInterface__Output[];
}
