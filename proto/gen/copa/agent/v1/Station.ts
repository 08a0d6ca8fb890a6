// Original file: proto/copa/agent/v1/networks.proto

export interface Station {
  address?: string;
  mac?: string;
  underlay?: string;
  isHost?: boolean;
}

export interface Station__Output {
  address: string;
  mac: string;
  underlay: string;
  isHost: boolean;
}
