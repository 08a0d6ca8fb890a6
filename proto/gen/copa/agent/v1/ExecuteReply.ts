// Original file: proto/copa/agent/v1/exec.proto

export interface ExecuteReply {
  exitCode?: number;
  stdout?: Buffer | Uint8Array | string;
  stderr?: Buffer | Uint8Array | string;
  truncated?: boolean;
}

export interface ExecuteReply__Output {
  exitCode: number;
  stdout: Buffer;
  stderr: Buffer;
  truncated: boolean;
}
