// Original file: proto/copa/agent/v1/containers.proto

export interface Limits {
  cpu?: string;
  memory?: string;
  _cpu?: 'cpu';
  _memory?: 'memory';
}

export interface Limits__Output {
  cpu?: string;
  memory?: string;
  _cpu?: 'cpu';
  _memory?: 'memory';
}
