// Original file: proto/agent.proto

export interface ContainerRequest {
  container?: string;
}

export interface ContainerRequest__Output {
  container: string;
}
