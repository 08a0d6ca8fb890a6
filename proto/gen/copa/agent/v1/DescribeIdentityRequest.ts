// Original file: proto/copa/agent/v1/agent.proto

export interface DescribeIdentityRequest {}

export interface DescribeIdentityRequest__Output {}
