// Original file: proto/agent.proto

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
