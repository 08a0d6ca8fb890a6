// Original file: proto/copa/agent/v1/agent.proto

export interface SendImageRequest {
  fingerprint?: string;
  ticket?: string;
  destinationPool?: string;
  destinationAddress?: string;
  relayed?: boolean;
}

export interface SendImageRequest__Output {
  fingerprint: string;
  ticket: string;
  destinationPool: string;
  destinationAddress: string;
  relayed: boolean;
}
