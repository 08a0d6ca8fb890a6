// Original file: proto/copa/agent/v1/agent.proto

export interface Host {
  pool?: string;
  server?: string;
  serverVersion?: string;
  streamPort?: number;
  streamFeatures?: string[];
}

export interface Host__Output {
  pool: string;
  server: string;
  serverVersion: string;
  streamPort: number;
  streamFeatures: string[];
}
