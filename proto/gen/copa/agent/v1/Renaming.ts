// Original file: proto/copa/agent/v1/inventory.proto

export interface Renaming {
  oldName?: string;
  name?: string;
}

export interface Renaming__Output {
  oldName: string;
  name: string;
}
