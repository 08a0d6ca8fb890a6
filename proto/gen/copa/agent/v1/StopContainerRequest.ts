// Original file: proto/agent.proto

export interface StopContainerRequest {
  container?: string;
  timeoutSeconds?: number;
}

export interface StopContainerRequest__Output {
  container: string;
  timeoutSeconds: number;
}
