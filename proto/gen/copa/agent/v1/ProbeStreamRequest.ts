// Original file: proto/copa/agent/v1/preflight.proto

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
