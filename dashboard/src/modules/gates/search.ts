import { numberOf } from '../../view/addressParts';

/** Whose gates are shown. */
export type GatesSearch = { bot: number | undefined };

export const parseGatesSearch = (raw: Record<string, unknown>): GatesSearch => ({
  bot: numberOf(raw.bot),
});
