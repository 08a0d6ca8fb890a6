// Original file: proto/copa/agent/v1/networks.proto

export interface EncryptionKey {
  epoch?: number;
  publicKey?: string;
}

export interface EncryptionKey__Output {
  epoch: number;
  publicKey: string;
}
