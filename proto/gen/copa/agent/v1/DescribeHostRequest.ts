// Original file: proto/agent.proto

export interface DescribeHostRequest {}

export interface DescribeHostRequest__Output {}
