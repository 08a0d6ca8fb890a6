/** What is made out of an answer that requests share is made once, however many they are. */

/** `derive` with a memory that lasts as long as what it is given, which nobody may change. */
export function derivedOnce<From extends object, To>(derive: (from: From) => To): (from: From) => To {
  const known = new WeakMap<From, { readonly value: To }>();
  return (from) => {
    const found = known.get(from);
    if (found) return found.value;
    const value = derive(from);
    known.set(from, { value });
    return value;
  };
}
