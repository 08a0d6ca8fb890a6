// Original file: proto/agent.proto

export interface WatchUsageRequest {
  intervalMs?: number;
}

export interface WatchUsageRequest__Output {
  intervalMs: number;
}
