// Original file: proto/copa/agent/v1/networks.proto

import type {
  Station as _copa_agent_v1_Station,
  Station__Output as _copa_agent_v1_Station__Output,
} from '../../../copa/agent/v1/Station.js';
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
}
