// Original file: proto/agent.proto

export interface Image {
  fingerprint?: string;
  aliases?: string[];
}

export interface Image__Output {
  fingerprint: string;
  aliases: string[];
}
