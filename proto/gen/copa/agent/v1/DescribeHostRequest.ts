// Original file: proto/copa/agent/v1/agent.proto

export interface DescribeHostRequest {}

export interface DescribeHostRequest__Output {}
