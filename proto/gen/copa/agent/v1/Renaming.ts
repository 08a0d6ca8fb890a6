// Original file: proto/copa/agent/v1/agent.proto

export interface Renaming {
  oldName?: string;
  name?: string;
}

export interface Renaming__Output {
  oldName: string;
  name: string;
}
