// Original file: proto/copa/agent/v1/agent.proto

export interface ListMarksRequest {}

export interface ListMarksRequest__Output {}
