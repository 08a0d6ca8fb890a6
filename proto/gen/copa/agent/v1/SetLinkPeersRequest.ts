// Original file: proto/copa/agent/v1/measurements.proto

import type {
  LinkPeer as _copa_agent_v1_LinkPeer,
  LinkPeer__Output as _copa_agent_v1_LinkPeer__Output,
} from '../../../copa/agent/v1/LinkPeer.js';

export interface SetLinkPeersRequest {
  peers?: _copa_agent_v1_LinkPeer[];
}

export interface SetLinkPeersRequest__Output {
  peers: _copa_agent_v1_LinkPeer__Output[];
}
