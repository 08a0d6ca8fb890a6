// Original file: proto/copa/agent/v1/inventory.proto

export interface Information {
  container?: string;
  diskJson?: string;
  memoryJson?: string;
  networkJson?: string;
  cpuJson?: string;
}

export interface Information__Output {
  container: string;
  diskJson: string;
  memoryJson: string;
  networkJson: string;
  cpuJson: string;
}
