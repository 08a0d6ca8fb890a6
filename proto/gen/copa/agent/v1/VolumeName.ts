// Original file: proto/copa/agent/v1/preflight.proto

export interface VolumeName {
  storagePool?: string;
  volume?: string;
}

export interface VolumeName__Output {
  storagePool: string;
  volume: string;
}
