// Original file: proto/copa/agent/v1/agent.proto

export interface SettleDestinationReply {
  stoppedByItself?: boolean;
}

export interface SettleDestinationReply__Output {
  stoppedByItself: boolean;
}
