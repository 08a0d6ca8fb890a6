// Original file: proto/copa/agent/v1/usage.proto

import type {
  ContainerUsage as _copa_agent_v1_ContainerUsage,
  ContainerUsage__Output as _copa_agent_v1_ContainerUsage__Output,
} from '../../../copa/agent/v1/ContainerUsage.js';
import type { Long } from '@grpc/proto-loader';

export interface Usage {
  cpus?: number;
  load1?: number | string;
  memoryTotal?: number | string | Long;
  memoryUsed?: number | string | Long;
  rxBytesPerSecond?: number | string;
  txBytesPerSecond?: number | string;
  containers?: _copa_agent_v1_ContainerUsage[];
  cpuPercent?: number | string;
  diskReadBytesPerSecond?: number | string;
  diskWrittenBytesPerSecond?: number | string;
}

export interface Usage__Output {
  cpus: number;
  load1: number;
  memoryTotal: number;
  memoryUsed: number;
  rxBytesPerSecond: number;
  txBytesPerSecond: number;
  containers: _copa_agent_v1_ContainerUsage__Output[];
  cpuPercent: number;
  diskReadBytesPerSecond: number;
  diskWrittenBytesPerSecond: number;
}
