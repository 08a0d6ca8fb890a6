// Original file: proto/copa/agent/v1/identity.proto

export interface CertificateRequest {
  request?: string;
}

export interface CertificateRequest__Output {
  request: string;
}
