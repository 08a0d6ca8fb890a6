// Original file: proto/copa/agent/v1/migration.proto

export interface CheckResult {
  outcome?: string;
  message?: string;
}

export interface CheckResult__Output {
  outcome: string;
  message: string;
}
