// Original file: proto/copa/agent/v1/agent.proto

export interface CopyContainerRequest {
  container?: string;
  newName?: string;
}

export interface CopyContainerRequest__Output {
  container: string;
  newName: string;
}
