// Original file: proto/copa/agent/v1/migration.proto

import type {
  CheckResult as _copa_agent_v1_CheckResult,
  CheckResult__Output as _copa_agent_v1_CheckResult__Output,
} from '../../../copa/agent/v1/CheckResult.js';

export interface SettleDestinationReply {
  stoppedByItself?: boolean;
  check?: _copa_agent_v1_CheckResult | null;
}

export interface SettleDestinationReply__Output {
  stoppedByItself: boolean;
  check: _copa_agent_v1_CheckResult__Output | null;
}
