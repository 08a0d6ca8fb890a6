// Original file: proto/agent.proto

export interface CreateContainerRequest {
  container?: string;
  image?: string;
}

export interface CreateContainerRequest__Output {
  container: string;
  image: string;
}
