// Original file: proto/copa/agent/v1/measurements.proto

export interface LinkPeer {
  pool?: string;
  address?: string;
  port?: number;
  key?: Buffer | Uint8Array | string;
  isProbed?: boolean;
}

export interface LinkPeer__Output {
  pool: string;
  address: string;
  port: number;
  key: Buffer;
  isProbed: boolean;
}
