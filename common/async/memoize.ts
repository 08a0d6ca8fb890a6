/** Memoizes values derived from objects that requests share. */

/** `derive` with a cache. A result is kept as long as its input, which must not be changed. */
export function memoizeByObject<From extends object, To>(derive: (from: From) => To): (from: From) => To {
  const known = new WeakMap<From, { readonly value: To }>();
  return (from) => {
    const found = known.get(from);
    if (found) return found.value;
    const value = derive(from);
    known.set(from, { value });
    return value;
  };
}

/**
 * The same for results derived from a string. It keeps the results of at least the last `textsMax` strings that are
 * not longer than `lengthMax`.
 */
export function memoizeByText<To>(
  derive: (text: string) => To,
  textsMax: number,
  lengthMax: number,
): (text: string) => To {
  let recent = new Map<string, { readonly value: To }>();
  let older = recent;
  return (text) => {
    const found = recent.get(text) ?? older.get(text);
    if (found) return found.value;
    const value = derive(text);
    if (text.length <= lengthMax) {
      if (recent.size >= textsMax) {
        older = recent;
        recent = new Map();
      }
      recent.set(text, { value });
    }
    return value;
  };
}
