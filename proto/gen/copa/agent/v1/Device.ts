// Original file: proto/copa/agent/v1/preflight.proto

export interface Device {
  options?: { [key: string]: string };
}

export interface Device__Output {
  options: { [key: string]: string };
}
