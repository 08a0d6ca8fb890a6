// Original file: proto/copa/agent/v1/networks.proto

import type {
  EncryptionPeer as _copa_agent_v1_EncryptionPeer,
  EncryptionPeer__Output as _copa_agent_v1_EncryptionPeer__Output,
} from '../../../copa/agent/v1/EncryptionPeer.js';

export interface Encryption {
  underlay?: string;
  epoch?: number;
  otherEpoch?: number;
  peers?: _copa_agent_v1_EncryptionPeer[];
}

export interface Encryption__Output {
  underlay: string;
  epoch: number;
  otherEpoch: number;
  peers: _copa_agent_v1_EncryptionPeer__Output[];
}
