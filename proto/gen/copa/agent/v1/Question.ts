// Original file: proto/copa/agent/v1/calls.proto

import type {
  ListContainersRequest as _copa_agent_v1_ListContainersRequest,
  ListContainersRequest__Output as _copa_agent_v1_ListContainersRequest__Output,
} from '../../../copa/agent/v1/ListContainersRequest.js';
import type {
  GetInformationRequest as _copa_agent_v1_GetInformationRequest,
  GetInformationRequest__Output as _copa_agent_v1_GetInformationRequest__Output,
} from '../../../copa/agent/v1/GetInformationRequest.js';

export interface Question {
  id?: number;
  requestId?: string;
  listContainers?: _copa_agent_v1_ListContainersRequest | null;
  getInformation?: _copa_agent_v1_GetInformationRequest | null;
  request?: 'listContainers' | 'getInformation';
}

export interface Question__Output {
  id: number;
  requestId: string;
  listContainers?: _copa_agent_v1_ListContainersRequest__Output | null;
  getInformation?: _copa_agent_v1_GetInformationRequest__Output | null;
  request?: 'listContainers' | 'getInformation';
}
