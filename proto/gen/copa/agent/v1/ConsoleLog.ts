// Original file: proto/copa/agent/v1/exec.proto

export interface ConsoleLog {
  log?: Buffer | Uint8Array | string;
}

export interface ConsoleLog__Output {
  log: Buffer;
}
