// Original file: proto/copa/agent/v1/containers.proto

import type {
  Limits as _copa_agent_v1_Limits,
  Limits__Output as _copa_agent_v1_Limits__Output,
} from '../../../copa/agent/v1/Limits.js';
import type {
  NetworkInterface as _copa_agent_v1_NetworkInterface,
  NetworkInterface__Output as _copa_agent_v1_NetworkInterface__Output,
} from '../../../copa/agent/v1/NetworkInterface.js';

export interface CreateContainerRequest {
  container?: string;
  image?: string;
  limits?: _copa_agent_v1_Limits | null;
  interface?: _copa_agent_v1_NetworkInterface | null;
}

export interface CreateContainerRequest__Output {
  container: string;
  image: string;
  limits: _copa_agent_v1_Limits__Output | null;
  interface: _copa_agent_v1_NetworkInterface__Output | null;
}
