// Original file: proto/agent.proto

export interface Failure {
  status?: number;
  message?: string;
}

export interface Failure__Output {
  status: number;
  message: string;
}
