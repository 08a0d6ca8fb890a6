// Original file: proto/copa/agent/v1/identity.proto

export interface PrepareCertificateRequest {}

export interface PrepareCertificateRequest__Output {}
