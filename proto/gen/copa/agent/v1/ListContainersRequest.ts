// Original file: proto/copa/agent/v1/agent.proto

export interface ListContainersRequest {}

export interface ListContainersRequest__Output {}
