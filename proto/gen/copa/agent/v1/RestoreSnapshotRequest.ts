// Original file: proto/copa/agent/v1/containers.proto

export interface RestoreSnapshotRequest {
  container?: string;
  snapshot?: string;
  timeoutSeconds?: number;
}

export interface RestoreSnapshotRequest__Output {
  container: string;
  snapshot: string;
  timeoutSeconds: number;
}
