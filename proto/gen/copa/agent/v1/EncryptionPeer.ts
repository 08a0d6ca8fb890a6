// Original file: proto/copa/agent/v1/networks.proto

export interface EncryptionPeer {
  underlay?: string;
  epoch?: number;
  publicKey?: string;
}

export interface EncryptionPeer__Output {
  underlay: string;
  epoch: number;
  publicKey: string;
}
