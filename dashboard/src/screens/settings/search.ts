import { numberOf } from '../../view/addressParts';

/** Whose settings are shown; of the first shop unless said. */
export type SettingsSearch = { shop: number | undefined };

export const parseSettingsSearch = (raw: Record<string, unknown>): SettingsSearch => ({
  shop: numberOf(raw.shop),
});
