// Original file: proto/copa/agent/v1/agent.proto

export interface Image {
  fingerprint?: string;
  aliases?: string[];
}

export interface Image__Output {
  fingerprint: string;
  aliases: string[];
}
