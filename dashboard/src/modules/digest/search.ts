import { numberOf } from '../../view/addressParts';

/** Whose digest is shown, and the report that is open beside the list. */
export type DigestSearch = { bot: number | undefined; report: number | undefined };

export const parseDigestSearch = (raw: Record<string, unknown>): DigestSearch => ({
  bot: numberOf(raw.bot),
  report: numberOf(raw.report),
});
