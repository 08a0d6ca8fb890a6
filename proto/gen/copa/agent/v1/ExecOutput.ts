// Original file: proto/copa/agent/v1/exec.proto

export interface ExecOutput {
  started?: boolean;
  output?: Buffer | Uint8Array | string;
  exitCode?: number;
  errorOutput?: Buffer | Uint8Array | string;
  kind?: 'started' | 'output' | 'exitCode' | 'errorOutput';
}

export interface ExecOutput__Output {
  started?: boolean;
  output?: Buffer;
  exitCode?: number;
  errorOutput?: Buffer;
  kind?: 'started' | 'output' | 'exitCode' | 'errorOutput';
}
