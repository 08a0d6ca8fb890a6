// Original file: proto/agent.proto

export interface DescribeIdentityRequest {}

export interface DescribeIdentityRequest__Output {}
