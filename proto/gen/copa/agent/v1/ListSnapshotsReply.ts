// Original file: proto/copa/agent/v1/containers.proto

import type {
  Snapshot as _copa_agent_v1_Snapshot,
  Snapshot__Output as _copa_agent_v1_Snapshot__Output,
} from '../../../copa/agent/v1/Snapshot.js';

export interface ListSnapshotsReply {
  snapshots?: _copa_agent_v1_Snapshot[];
}

export interface ListSnapshotsReply__Output {
  snapshots: _copa_agent_v1_Snapshot__Output[];
}
