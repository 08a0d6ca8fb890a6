// Original file: proto/copa/agent/v1/images.proto

import type {
  Image as _copa_agent_v1_Image,
  Image__Output as _copa_agent_v1_Image__Output,
} from '../../../copa/agent/v1/Image.js';

export interface ListImagesReply {
  images?: _copa_agent_v1_Image[];
}

export interface ListImagesReply__Output {
  images: _copa_agent_v1_Image__Output[];
}
