// Original file: proto/copa/agent/v1/usage.proto

export interface WatchUsageRequest {
  intervalMs?: number;
}

export interface WatchUsageRequest__Output {
  intervalMs: number;
}
