// Original file: proto/copa/agent/v1/images.proto

export interface ImageReceived {
  copied?: boolean;
  aliasesAdded?: string[];
  aliasesTaken?: string[];
}

export interface ImageReceived__Output {
  copied: boolean;
  aliasesAdded: string[];
  aliasesTaken: string[];
}
