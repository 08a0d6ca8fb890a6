// Original file: proto/copa/agent/v1/inventory.proto

export interface GetInformationRequest {
  container?: string;
  limit?: number;
  after?: string;
}

export interface GetInformationRequest__Output {
  container: string;
  limit: number;
  after: string;
}
