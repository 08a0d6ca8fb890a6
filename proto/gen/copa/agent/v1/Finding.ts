// Original file: proto/copa/agent/v1/agent.proto

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
