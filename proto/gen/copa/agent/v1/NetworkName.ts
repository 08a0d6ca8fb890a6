// Original file: proto/copa/agent/v1/agent.proto

export interface NetworkName {
  network?: string;
  name?: string;
  address?: string;
}

export interface NetworkName__Output {
  network: string;
  name: string;
  address: string;
}
