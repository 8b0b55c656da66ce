import { isSaid } from '../../view/addressParts';

/** Absent: the first shop's own currency, everybody. */
export type CompareSearch = { currency: string | undefined; clean: true | undefined };

export const parseCompareSearch = (raw: Record<string, unknown>): CompareSearch => ({
  currency: /^[A-Z]{3}$/.test(String(raw.currency)) ? String(raw.currency) : undefined,
  clean: isSaid(raw.clean),
});
