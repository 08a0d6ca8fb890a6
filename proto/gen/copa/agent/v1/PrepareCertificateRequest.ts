// Original file: proto/copa/agent/v1/agent.proto

export interface PrepareCertificateRequest {}

export interface PrepareCertificateRequest__Output {}
