// Original file: proto/copa/agent/v1/images.proto

import type {
  ImageReceived as _copa_agent_v1_ImageReceived,
  ImageReceived__Output as _copa_agent_v1_ImageReceived__Output,
} from '../../../copa/agent/v1/ImageReceived.js';
import type { Long } from '@grpc/proto-loader';

export interface ImageEvent {
  ready?: boolean;
  bytes?: number | string | Long;
  received?: _copa_agent_v1_ImageReceived | null;
}

export interface ImageEvent__Output {
  ready: boolean;
  bytes: number;
  received: _copa_agent_v1_ImageReceived__Output | null;
}
