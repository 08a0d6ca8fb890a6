// Original file: proto/copa/agent/v1/calls.proto

import type {
  Failure as _copa_agent_v1_Failure,
  Failure__Output as _copa_agent_v1_Failure__Output,
} from '../../../copa/agent/v1/Failure.js';

export interface ReplyFrame {
  id?: number;
  reply?: Buffer | Uint8Array | string;
  failure?: _copa_agent_v1_Failure | null;
  outcome?: 'reply' | 'failure';
}

export interface ReplyFrame__Output {
  id: number;
  reply?: Buffer;
  failure?: _copa_agent_v1_Failure__Output | null;
  outcome?: 'reply' | 'failure';
}
