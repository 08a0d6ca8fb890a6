// Original file: proto/copa/agent/v1/images.proto

import type { Long } from '@grpc/proto-loader';

export interface Image {
  fingerprint?: string;
  aliases?: string[];
  size?: number | string | Long;
  architecture?: string;
  type?: string;
  properties?: { [key: string]: string };
}

export interface Image__Output {
  fingerprint: string;
  aliases: string[];
  size: number;
  architecture: string;
  type: string;
  properties: { [key: string]: string };
}
