// Original file: proto/copa/agent/v1/identity.proto

import type {
  Trust as _copa_agent_v1_Trust,
  Trust__Output as _copa_agent_v1_Trust__Output,
} from '../../../copa/agent/v1/Trust.js';

export interface InstallCertificateRequest {
  certificate?: string;
  trust?: _copa_agent_v1_Trust | null;
}

export interface InstallCertificateRequest__Output {
  certificate: string;
  trust: _copa_agent_v1_Trust__Output | null;
}
