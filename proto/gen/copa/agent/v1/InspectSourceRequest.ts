// Original file: proto/agent.proto

export interface InspectSourceRequest {
  container?: string;
  live?: boolean;
  measure?: boolean;
}

export interface InspectSourceRequest__Output {
  container: string;
  live: boolean;
  measure: boolean;
}
