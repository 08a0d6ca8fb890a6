// Original file: proto/copa/agent/v1/measurements.proto

export interface SendTrafficRequest {
  ticket?: string;
  destinationPool?: string;
  destinationAddress?: string;
  seconds?: number;
  mbitsMax?: number | string;
}

export interface SendTrafficRequest__Output {
  ticket: string;
  destinationPool: string;
  destinationAddress: string;
  seconds: number;
  mbitsMax: number;
}
