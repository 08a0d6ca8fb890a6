// Original file: proto/copa/agent/v1/containers.proto

export interface StopContainerRequest {
  container?: string;
  timeoutSeconds?: number;
}

export interface StopContainerRequest__Output {
  container: string;
  timeoutSeconds: number;
}
