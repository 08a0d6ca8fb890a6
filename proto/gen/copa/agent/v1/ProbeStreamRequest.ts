// Original file: proto/agent.proto

export interface ProbeStreamRequest {
  address?: string;
  pool?: string;
}

export interface ProbeStreamRequest__Output {
  address: string;
  pool: string;
}
