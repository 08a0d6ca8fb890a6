// Original file: proto/copa/agent/v1/images.proto

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
