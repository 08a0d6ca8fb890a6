// Original file: proto/copa/agent/v1/agent.proto

export interface CopyState {
  exists?: boolean;
  role?: string;
  migrationId?: string;
  status?: string;
  snapshots?: string[];
  hasRun?: boolean;
  held?: boolean;
  stoppedByOthers?: boolean;
}

export interface CopyState__Output {
  exists: boolean;
  role: string;
  migrationId: string;
  status: string;
  snapshots: string[];
  hasRun: boolean;
  held: boolean;
  stoppedByOthers: boolean;
}
