// Original file: proto/copa/agent/v1/inventory.proto

export interface ListContainersReply {
  names?: string[];
}

export interface ListContainersReply__Output {
  names: string[];
}
