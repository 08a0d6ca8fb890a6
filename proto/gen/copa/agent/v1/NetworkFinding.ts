// Original file: proto/copa/agent/v1/networks.proto

export interface NetworkFinding {
  network?: string;
  message?: string;
}

export interface NetworkFinding__Output {
  network: string;
  message: string;
}
