// Original file: proto/copa/agent/v1/preflight.proto

import type {
  Device as _copa_agent_v1_Device,
  Device__Output as _copa_agent_v1_Device__Output,
} from '../../../copa/agent/v1/Device.js';

export interface ProfileSettings {
  config?: { [key: string]: string };
  devices?: { [key: string]: _copa_agent_v1_Device };
}

export interface ProfileSettings__Output {
  config: { [key: string]: string };
  devices: { [key: string]: _copa_agent_v1_Device__Output };
}
