// Original file: proto/agent.proto

export interface GetInformationRequest {
  container?: string;
}

export interface GetInformationRequest__Output {
  container: string;
}
