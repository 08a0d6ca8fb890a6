// Original file: proto/agent.proto

export interface ListContainersRequest {}

export interface ListContainersRequest__Output {}
