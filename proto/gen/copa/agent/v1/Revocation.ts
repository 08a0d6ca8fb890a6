// Original file: proto/copa/agent/v1/identity.proto

import type { Long } from '@grpc/proto-loader';

export interface Revocation {
  pool?: string;
  issuedUntilMs?: number | string | Long;
}

export interface Revocation__Output {
  pool: string;
  issuedUntilMs: number;
}
