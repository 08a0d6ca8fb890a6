// Original file: proto/agent.proto

export interface ListContainersReply {
  names?: string[];
}

export interface ListContainersReply__Output {
  names: string[];
}
