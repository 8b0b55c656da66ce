import { numberOf } from '../../view/addressParts';

/** Which bot is open. */
export type FleetSearch = { bot: number | undefined };

export const parseFleetSearch = (raw: Record<string, unknown>): FleetSearch => ({
  bot: numberOf(raw.bot),
});
