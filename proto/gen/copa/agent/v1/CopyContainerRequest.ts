// Original file: proto/copa/agent/v1/containers.proto

export interface CopyContainerRequest {
  container?: string;
  newName?: string;
}

export interface CopyContainerRequest__Output {
  container: string;
  newName: string;
}
