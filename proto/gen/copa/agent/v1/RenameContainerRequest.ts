// Original file: proto/copa/agent/v1/agent.proto

export interface RenameContainerRequest {
  container?: string;
  newName?: string;
}

export interface RenameContainerRequest__Output {
  container: string;
  newName: string;
}
