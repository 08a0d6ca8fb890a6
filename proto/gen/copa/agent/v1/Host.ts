// Original file: proto/copa/agent/v1/host.proto

import type { Long } from '@grpc/proto-loader';

export interface Host {
  pool?: string;
  server?: string;
  serverVersion?: string;
  streamPort?: number;
  streamFeatures?: string[];
  clockMs?: number | string | Long;
  architectures?: string[];
}

export interface Host__Output {
  pool: string;
  server: string;
  serverVersion: string;
  streamPort: number;
  streamFeatures: string[];
  clockMs: number;
  architectures: string[];
}
