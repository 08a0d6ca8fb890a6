// Original file: proto/copa/agent/v1/inventory.proto

export const Listing = {
  NONE: 'NONE',
  PART: 'PART',
  LAST_PART: 'LAST_PART',
} as const;

export type Listing = 'NONE' | 0 | 'PART' | 1 | 'LAST_PART' | 2;

export type Listing__Output = (typeof Listing)[keyof typeof Listing];
