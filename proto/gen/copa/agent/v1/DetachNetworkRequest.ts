// Original file: proto/copa/agent/v1/networks.proto

export interface DetachNetworkRequest {
  container?: string;
  network?: string;
}

export interface DetachNetworkRequest__Output {
  container: string;
  network: string;
}
