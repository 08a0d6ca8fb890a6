// Original file: proto/copa/agent/v1/identity.proto

export interface DescribeIdentityRequest {
  notes?: boolean;
}

export interface DescribeIdentityRequest__Output {
  notes: boolean;
}
