// Original file: proto/copa/agent/v1/calls.proto

import type {
  ListContainersReply as _copa_agent_v1_ListContainersReply,
  ListContainersReply__Output as _copa_agent_v1_ListContainersReply__Output,
} from '../../../copa/agent/v1/ListContainersReply.js';
import type {
  GetInformationReply as _copa_agent_v1_GetInformationReply,
  GetInformationReply__Output as _copa_agent_v1_GetInformationReply__Output,
} from '../../../copa/agent/v1/GetInformationReply.js';
import type {
  Failure as _copa_agent_v1_Failure,
  Failure__Output as _copa_agent_v1_Failure__Output,
} from '../../../copa/agent/v1/Failure.js';

export interface Answer {
  id?: number;
  listContainers?: _copa_agent_v1_ListContainersReply | null;
  getInformation?: _copa_agent_v1_GetInformationReply | null;
  failure?: _copa_agent_v1_Failure | null;
  reply?: 'listContainers' | 'getInformation' | 'failure';
}

export interface Answer__Output {
  id: number;
  listContainers?: _copa_agent_v1_ListContainersReply__Output | null;
  getInformation?: _copa_agent_v1_GetInformationReply__Output | null;
  failure?: _copa_agent_v1_Failure__Output | null;
  reply?: 'listContainers' | 'getInformation' | 'failure';
}
