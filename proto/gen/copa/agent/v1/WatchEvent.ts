// Original file: proto/copa/agent/v1/inventory.proto

import type {
  DaemonState as _copa_agent_v1_DaemonState,
  DaemonState__Output as _copa_agent_v1_DaemonState__Output,
} from '../../../copa/agent/v1/DaemonState.js';
import type {
  Renaming as _copa_agent_v1_Renaming,
  Renaming__Output as _copa_agent_v1_Renaming__Output,
} from '../../../copa/agent/v1/Renaming.js';
import type {
  Container as _copa_agent_v1_Container,
  Container__Output as _copa_agent_v1_Container__Output,
} from '../../../copa/agent/v1/Container.js';
import type {
  Listing as _copa_agent_v1_Listing,
  Listing__Output as _copa_agent_v1_Listing__Output,
} from '../../../copa/agent/v1/Listing.js';
import type {
  Capacity as _copa_agent_v1_Capacity,
  Capacity__Output as _copa_agent_v1_Capacity__Output,
} from '../../../copa/agent/v1/Capacity.js';

export interface WatchEvent {
  daemon?: _copa_agent_v1_DaemonState | null;
  renamed?: _copa_agent_v1_Renaming[];
  deleted?: string[];
  containers?: _copa_agent_v1_Container[];
  listing?: _copa_agent_v1_Listing;
  capacity?: _copa_agent_v1_Capacity | null;
  probePort?: number;
}

export interface WatchEvent__Output {
  daemon: _copa_agent_v1_DaemonState__Output | null;
  renamed: _copa_agent_v1_Renaming__Output[];
  deleted: string[];
  containers: _copa_agent_v1_Container__Output[];
  listing: _copa_agent_v1_Listing__Output;
  capacity: _copa_agent_v1_Capacity__Output | null;
  probePort: number;
}
