// Original file: proto/copa/agent/v1/agent.proto

export interface CheckResult {
  outcome?: string;
  message?: string;
}

export interface CheckResult__Output {
  outcome: string;
  message: string;
}
