// The names and addresses of simulated hosts.

export const poolName = (index: number) => `pool-${String(index).padStart(5, '0')}`;
/** Each has its own loopback address, like real hosts. */
export const poolAddress = (index: number) =>
  `127.${16 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}:8001`;
