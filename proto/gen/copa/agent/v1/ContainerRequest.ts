// Original file: proto/copa/agent/v1/containers.proto

export interface ContainerRequest {
  container?: string;
}

export interface ContainerRequest__Output {
  container: string;
}
