// Original file: proto/agent.proto

export interface HostIdentity {
  certificate?: string;
}

export interface HostIdentity__Output {
  certificate: string;
}
