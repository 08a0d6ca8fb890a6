// Original file: proto/agent.proto

export interface InspectSourceRequest {
  container?: string;
  live?: boolean;
}

export interface InspectSourceRequest__Output {
  container: string;
  live: boolean;
}
