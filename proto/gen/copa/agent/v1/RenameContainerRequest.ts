// Original file: proto/agent.proto

export interface RenameContainerRequest {
  container?: string;
  newName?: string;
}

export interface RenameContainerRequest__Output {
  container: string;
  newName: string;
}
