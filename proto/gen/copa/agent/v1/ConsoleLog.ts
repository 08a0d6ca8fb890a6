// Original file: proto/copa/agent/v1/agent.proto

export interface ConsoleLog {
  log?: Buffer | Uint8Array | string;
}

export interface ConsoleLog__Output {
  log: Buffer;
}
