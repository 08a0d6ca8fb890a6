// Original file: proto/agent.proto

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
