// Original file: proto/copa/agent/v1/migration.proto

import type {
  ContainerMark as _copa_agent_v1_ContainerMark,
  ContainerMark__Output as _copa_agent_v1_ContainerMark__Output,
} from '../../../copa/agent/v1/ContainerMark.js';

export interface ListMarksReply {
  marks?: _copa_agent_v1_ContainerMark[];
}

export interface ListMarksReply__Output {
  marks: _copa_agent_v1_ContainerMark__Output[];
}
