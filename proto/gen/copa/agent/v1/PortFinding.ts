// Original file: proto/copa/agent/v1/agent.proto

export interface PortFinding {
  protocol?: string;
  port?: number;
  isForwarded?: boolean;
  message?: string;
}

export interface PortFinding__Output {
  protocol: string;
  port: number;
  isForwarded: boolean;
  message: string;
}
