// Original file: proto/copa/agent/v1/agent.proto

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
}
