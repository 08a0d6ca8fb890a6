// Original file: proto/copa/agent/v1/exec.proto

export interface ExecuteRequest {
  container?: string;
  command?: string[];
  timeoutSeconds?: number;
}

export interface ExecuteRequest__Output {
  container: string;
  command: string[];
  timeoutSeconds: number;
}
