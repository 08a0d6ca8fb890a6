// Original file: proto/copa/agent/v1/calls.proto

export interface CallFrame {
  id?: number;
  method?: string;
  request?: Buffer | Uint8Array | string;
  requestId?: string;
}

export interface CallFrame__Output {
  id: number;
  method: string;
  request: Buffer;
  requestId: string;
}
