/** Parts of an address as a screen's `search` reads them; what cannot be meant is undefined. */

export function numberOf(raw: unknown): number | undefined {
  const number = Number(raw);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

export const oneOf = <T extends string>(known: readonly T[], raw: unknown): T | undefined =>
  known.find((each) => each === raw);

export const isSaid = (raw: unknown): true | undefined =>
  String(raw) === 'true' ? true : undefined;

/** Words to look for; the router hands digits on as a number. */
export function wordsOf(raw: unknown, most: number): string | undefined {
  const words = typeof raw === 'number' ? String(raw) : raw;
  return typeof words === 'string' && words.trim() ? words.slice(0, most) : undefined;
}
