/** What is made out of something that requests share is made once, however many they are. */

/** `derive` with a memory that lasts as long as what it is given, which nobody may change. */
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

/** The same for what is made of a text: the last `textsMax` at least, none longer than `lengthMax`, are remembered. */
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
