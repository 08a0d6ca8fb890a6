// Original file: proto/copa/agent/v1/inventory.proto

import type {
  NetworkInterface as _copa_agent_v1_NetworkInterface,
  NetworkInterface__Output as _copa_agent_v1_NetworkInterface__Output,
} from '../../../copa/agent/v1/NetworkInterface.js';
import type { Long } from '@grpc/proto-loader';

export interface Container {
  name?: string;
  status?: string;
  createdAt?: number | string | Long;
  image?: string;
  addresses?: string[];
  cpuLimit?: string;
  memoryLimit?: string;
  snapshots?: number;
  migrationId?: string;
  labels?: { [key: string]: string };
  rules?: { [key: string]: string };
  interfaces?: _copa_agent_v1_NetworkInterface[];
}

export interface Container__Output {
  name: string;
  status: string;
  createdAt: number;
  image: string;
  addresses: string[];
  cpuLimit: string;
  memoryLimit: string;
  snapshots: number;
  migrationId: string;
  labels: { [key: string]: string };
  rules: { [key: string]: string };
  interfaces: _copa_agent_v1_NetworkInterface__Output[];
}
