// Original file: proto/copa/agent/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

export interface ApplyNamesReply {
  generation?: number | string | Long;
  needsAll?: boolean;
}

export interface ApplyNamesReply__Output {
  generation: number;
  needsAll: boolean;
}
