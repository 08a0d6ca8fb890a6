// Original file: proto/copa/agent/v1/preflight.proto

export interface InspectSourceRequest {
  container?: string;
  live?: boolean;
  measure?: boolean;
  compare?: boolean;
  ownFormat?: boolean;
}

export interface InspectSourceRequest__Output {
  container: string;
  live: boolean;
  measure: boolean;
  compare: boolean;
  ownFormat: boolean;
}
