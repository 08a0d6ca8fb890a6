// Original file: proto/copa/agent/v1/agent.proto

export interface CopyDoubts {
  doubtful?: boolean;
}

export interface CopyDoubts__Output {
  doubtful: boolean;
}
