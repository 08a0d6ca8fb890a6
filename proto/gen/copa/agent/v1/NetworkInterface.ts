// Original file: proto/copa/agent/v1/networks.proto

export interface NetworkInterface {
  network?: string;
  address?: string;
  mac?: string;
  device?: string;
}

export interface NetworkInterface__Output {
  network: string;
  address: string;
  mac: string;
  device: string;
}
