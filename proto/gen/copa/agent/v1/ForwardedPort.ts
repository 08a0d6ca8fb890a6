// Original file: proto/copa/agent/v1/agent.proto

export interface ForwardedPort {
  network?: string;
  protocol?: string;
  port?: number;
  address?: string;
  containerPort?: number;
}

export interface ForwardedPort__Output {
  network: string;
  protocol: string;
  port: number;
  address: string;
  containerPort: number;
}
