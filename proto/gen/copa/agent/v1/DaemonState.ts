// Original file: proto/copa/agent/v1/inventory.proto

export interface DaemonState {
  up?: boolean;
  reason?: string;
  server?: string;
  serverVersion?: string;
}

export interface DaemonState__Output {
  up: boolean;
  reason: string;
  server: string;
  serverVersion: string;
}
