// Original file: proto/copa/agent/v1/preflight.proto

export interface Finding {
  subject?: string;
  message?: string;
  isCured?: boolean;
}

export interface Finding__Output {
  subject: string;
  message: string;
  isCured: boolean;
}
