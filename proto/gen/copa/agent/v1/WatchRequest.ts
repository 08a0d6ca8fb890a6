// Original file: proto/copa/agent/v1/inventory.proto

export interface WatchRequest {
  heartbeatMs?: number;
}

export interface WatchRequest__Output {
  heartbeatMs: number;
}
