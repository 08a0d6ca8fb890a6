// Original file: proto/copa/agent/v1/agent.proto

export interface ProbeStreamRequest {
  address?: string;
  pool?: string;
  fullSize?: boolean;
}

export interface ProbeStreamRequest__Output {
  address: string;
  pool: string;
  fullSize: boolean;
}
