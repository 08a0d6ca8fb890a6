// Original file: proto/copa/agent/v1/agent.proto

export interface Placement {
  storage?: string;
  network?: string;
  nics?: { [key: string]: string };
  flatten?: boolean;
  storagePools?: { [key: string]: string };
  networks?: { [key: string]: string };
  profiles?: { [key: string]: string };
}

export interface Placement__Output {
  storage: string;
  network: string;
  nics: { [key: string]: string };
  flatten: boolean;
  storagePools: { [key: string]: string };
  networks: { [key: string]: string };
  profiles: { [key: string]: string };
}
