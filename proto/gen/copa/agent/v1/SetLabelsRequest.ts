// Original file: proto/copa/agent/v1/containers.proto

export interface SetLabelsRequest {
  container?: string;
  set?: { [key: string]: string };
  removed?: string[];
  rules?: { [key: string]: string };
}

export interface SetLabelsRequest__Output {
  container: string;
  set: { [key: string]: string };
  removed: string[];
  rules: { [key: string]: string };
}
