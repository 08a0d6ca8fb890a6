// Original file: proto/copa/agent/v1/agent.proto

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
