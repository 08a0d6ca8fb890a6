// Original file: proto/agent.proto

export interface ListImagesRequest {}

export interface ListImagesRequest__Output {}
