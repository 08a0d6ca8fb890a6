// Original file: proto/agent.proto

export interface ExecOutput {
  started?: boolean;
  output?: Buffer | Uint8Array | string;
  exitCode?: number;
  kind?: 'started' | 'output' | 'exitCode';
}

export interface ExecOutput__Output {
  started?: boolean;
  output?: Buffer;
  exitCode?: number;
  kind?: 'started' | 'output' | 'exitCode';
}
