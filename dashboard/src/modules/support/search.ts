import { numberOf, oneOf } from '../../view/addressParts';
export const STATES = ['waiting', 'answered', 'closed'] as const;
export type TicketState = (typeof STATES)[number];

/** Which questions are listed, and which one is open. */
export type SupportSearch = {
  bot: number | undefined;
  state: TicketState | undefined;
  buyer: number | undefined;
  ticket: number | undefined;
};

export function parseSupportSearch(raw: Record<string, unknown>): SupportSearch {
  return {
    bot: numberOf(raw.bot),
    state: oneOf(STATES, raw.state),
    buyer: numberOf(raw.buyer),
    ticket: numberOf(raw.ticket),
  };
}
