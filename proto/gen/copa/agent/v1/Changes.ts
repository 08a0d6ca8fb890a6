// Original file: proto/copa/agent/v1/preflight.proto

import type { Long } from '@grpc/proto-loader';

export interface Changes {
  bytes?: number | string | Long;
  files?: number | string | Long;
  moved?: boolean;
}

export interface Changes__Output {
  bytes: number;
  files: number;
  moved: boolean;
}
