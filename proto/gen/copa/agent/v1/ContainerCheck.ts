// Original file: proto/copa/agent/v1/migration.proto

export interface ContainerCheck {
  target?: string;
  timeoutMs?: number;
}

export interface ContainerCheck__Output {
  target: string;
  timeoutMs: number;
}
