// What simulated hosts are called, and where they are.

export const poolName = (index: number) => `pool-${String(index).padStart(5, '0')}`;
/** Each has a loopback address of its own, as hosts have. */
export const poolAddress = (index: number) =>
  `127.${16 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}:8001`;
