// Original file: proto/copa/agent/v1/host.proto

export interface DescribeHostRequest {}

export interface DescribeHostRequest__Output {}
