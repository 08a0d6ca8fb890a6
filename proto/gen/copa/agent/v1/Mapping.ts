// Original file: proto/copa/agent/v1/preflight.proto

export interface Mapping {
  storage?: string;
  network?: string;
  nics?: { [key: string]: string };
  flatten?: boolean;
  storagePools?: { [key: string]: string };
  networks?: { [key: string]: string };
  profiles?: { [key: string]: string };
}

export interface Mapping__Output {
  storage: string;
  network: string;
  nics: { [key: string]: string };
  flatten: boolean;
  storagePools: { [key: string]: string };
  networks: { [key: string]: string };
  profiles: { [key: string]: string };
}
