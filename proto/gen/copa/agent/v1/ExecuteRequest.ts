// Original file: proto/agent.proto

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
