// Original file: proto/copa/agent/v1/migration.proto

export interface ListMarksRequest {}

export interface ListMarksRequest__Output {}
