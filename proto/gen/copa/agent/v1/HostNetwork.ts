// Original file: proto/copa/agent/v1/networks.proto

import type {
  Station as _copa_agent_v1_Station,
  Station__Output as _copa_agent_v1_Station__Output,
} from '../../../copa/agent/v1/Station.js';
import type {
  Encryption as _copa_agent_v1_Encryption,
  Encryption__Output as _copa_agent_v1_Encryption__Output,
} from '../../../copa/agent/v1/Encryption.js';
import type { Long } from '@grpc/proto-loader';

export interface HostNetwork {
  name?: string;
  subnet?: string;
  vni?: number;
  mtu?: number;
  address?: string;
  underlay?: string;
  stations?: _copa_agent_v1_Station[];
  members?: string[];
  since?: number | string | Long;
  gone?: string[];
  encryption?: _copa_agent_v1_Encryption | null;
}

export interface HostNetwork__Output {
  name: string;
  subnet: string;
  vni: number;
  mtu: number;
  address: string;
  underlay: string;
  stations: _copa_agent_v1_Station__Output[];
  members: string[];
  since: number;
  gone: string[];
  encryption: _copa_agent_v1_Encryption__Output | null;
}
