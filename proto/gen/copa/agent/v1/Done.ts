// Original file: proto/copa/agent/v1/agent.proto

export interface Done {}

export interface Done__Output {}
