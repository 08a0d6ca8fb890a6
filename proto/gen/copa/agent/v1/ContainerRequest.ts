// Original file: proto/copa/agent/v1/agent.proto

export interface ContainerRequest {
  container?: string;
}

export interface ContainerRequest__Output {
  container: string;
}
