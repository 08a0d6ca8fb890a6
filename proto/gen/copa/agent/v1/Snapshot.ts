// Original file: proto/copa/agent/v1/containers.proto

export interface Snapshot {
  name?: string;
  createdAt?: string;
}

export interface Snapshot__Output {
  name: string;
  createdAt: string;
}
