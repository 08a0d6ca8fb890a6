// Original file: proto/copa/agent/v1/inventory.proto

export interface ListContainersRequest {}

export interface ListContainersRequest__Output {}
