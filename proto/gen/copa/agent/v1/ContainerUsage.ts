// Original file: proto/copa/agent/v1/usage.proto

import type { Long } from '@grpc/proto-loader';

export interface ContainerUsage {
  name?: string;
  cpuPercent?: number | string;
  memory?: number | string | Long;
  rxBytesPerSecond?: number | string;
  txBytesPerSecond?: number | string;
  diskReadBytesPerSecond?: number | string;
  diskWrittenBytesPerSecond?: number | string;
  _diskReadBytesPerSecond?: 'diskReadBytesPerSecond';
  _diskWrittenBytesPerSecond?: 'diskWrittenBytesPerSecond';
}

export interface ContainerUsage__Output {
  name: string;
  cpuPercent: number;
  memory: number;
  rxBytesPerSecond: number;
  txBytesPerSecond: number;
  diskReadBytesPerSecond?: number;
  diskWrittenBytesPerSecond?: number;
  _diskReadBytesPerSecond?: 'diskReadBytesPerSecond';
  _diskWrittenBytesPerSecond?: 'diskWrittenBytesPerSecond';
}
