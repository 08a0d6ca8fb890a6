// Original file: proto/agent.proto

export interface Snapshot {
  name?: string;
  createdAt?: string;
}

export interface Snapshot__Output {
  name: string;
  createdAt: string;
}
