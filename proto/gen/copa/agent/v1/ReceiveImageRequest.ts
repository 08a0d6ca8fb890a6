// Original file: proto/copa/agent/v1/images.proto

import type {
  Image as _copa_agent_v1_Image,
  Image__Output as _copa_agent_v1_Image__Output,
} from '../../../copa/agent/v1/Image.js';

export interface ReceiveImageRequest {
  image?: _copa_agent_v1_Image | null;
  ticket?: string;
  sourcePool?: string;
  relayed?: boolean;
}

export interface ReceiveImageRequest__Output {
  image: _copa_agent_v1_Image__Output | null;
  ticket: string;
  sourcePool: string;
  relayed: boolean;
}
