// Original file: proto/copa/agent/v1/exec.proto

import type {
  TerminalSize as _copa_agent_v1_TerminalSize,
  TerminalSize__Output as _copa_agent_v1_TerminalSize__Output,
} from '../../../copa/agent/v1/TerminalSize.js';

export interface ExecStart {
  container?: string;
  command?: string[];
  size?: _copa_agent_v1_TerminalSize | null;
}

export interface ExecStart__Output {
  container: string;
  command: string[];
  size: _copa_agent_v1_TerminalSize__Output | null;
}
