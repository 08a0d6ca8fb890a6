// Original file: proto/copa/agent/v1/measurements.proto

export interface ReceiveTrafficRequest {
  ticket?: string;
  sourcePool?: string;
  seconds?: number;
}

export interface ReceiveTrafficRequest__Output {
  ticket: string;
  sourcePool: string;
  seconds: number;
}
