/** The last answer of a function, kept while what it depends on stays the same. */

export function memo<T>(): (parts: readonly unknown[], make: () => T) => T {
  let known: { parts: readonly unknown[]; value: T } | null = null;
  return (parts, make) => {
    if (!known || known.parts.length !== parts.length || !known.parts.every((part, i) => part === parts[i])) known = { parts, value: make() };
    return known.value;
  };
}
