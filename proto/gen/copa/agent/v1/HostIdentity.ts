// Original file: proto/copa/agent/v1/agent.proto

export interface HostIdentity {
  certificate?: string;
}

export interface HostIdentity__Output {
  certificate: string;
}
