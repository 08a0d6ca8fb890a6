/** Works through items with at most `limit` calls in progress. Fails as soon as one fails, or begins no more when `signal` aborts. */
export async function eachAtMost<T>(
  limit: number,
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const queue = items.entries();
  const next = async () => {
    for (const [index, item] of queue) {
      signal?.throwIfAborted();
      await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, next));
}
