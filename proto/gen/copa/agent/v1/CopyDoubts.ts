// Original file: proto/agent.proto

export interface CopyDoubts {
  doubtful?: boolean;
}

export interface CopyDoubts__Output {
  doubtful: boolean;
}
