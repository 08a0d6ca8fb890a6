// Original file: proto/copa/agent/v1/containers.proto

export interface SnapshotRequest {
  container?: string;
  snapshot?: string;
}

export interface SnapshotRequest__Output {
  container: string;
  snapshot: string;
}
