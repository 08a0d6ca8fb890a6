// Original file: proto/copa/agent/v1/common.proto

export interface Failure {
  status?: number;
  message?: string;
}

export interface Failure__Output {
  status: number;
  message: string;
}
