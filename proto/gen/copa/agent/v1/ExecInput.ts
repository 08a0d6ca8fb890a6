// Original file: proto/copa/agent/v1/exec.proto

import type {
  ExecStart as _copa_agent_v1_ExecStart,
  ExecStart__Output as _copa_agent_v1_ExecStart__Output,
} from '../../../copa/agent/v1/ExecStart.js';
import type {
  TerminalSize as _copa_agent_v1_TerminalSize,
  TerminalSize__Output as _copa_agent_v1_TerminalSize__Output,
} from '../../../copa/agent/v1/TerminalSize.js';

export interface ExecInput {
  start?: _copa_agent_v1_ExecStart | null;
  stdin?: Buffer | Uint8Array | string;
  resize?: _copa_agent_v1_TerminalSize | null;
  stdinEnd?: boolean;
  kind?: 'start' | 'stdin' | 'resize' | 'stdinEnd';
}

export interface ExecInput__Output {
  start?: _copa_agent_v1_ExecStart__Output | null;
  stdin?: Buffer;
  resize?: _copa_agent_v1_TerminalSize__Output | null;
  stdinEnd?: boolean;
  kind?: 'start' | 'stdin' | 'resize' | 'stdinEnd';
}
