// Original file: proto/agent.proto

export interface PrepareCertificateRequest {}

export interface PrepareCertificateRequest__Output {}
