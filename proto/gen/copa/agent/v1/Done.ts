// Original file: proto/copa/agent/v1/common.proto

export interface Done {}

export interface Done__Output {}
