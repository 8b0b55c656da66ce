import { numberOf, oneOf } from '../../view/addressParts';

export const STATES = ['waiting', 'delivered', 'parked', 'dropped'] as const;

/** Which endpoint is open, which of its messages are listed, and which one is read. */
export type WebhooksSearch = {
  shop: number | undefined;
  hook: number | 'new' | undefined;
  state: (typeof STATES)[number] | undefined;
  message: number | undefined;
};

export function parseWebhooksSearch(raw: Record<string, unknown>): WebhooksSearch {
  return {
    shop: numberOf(raw.shop),
    hook: raw.hook === 'new' ? 'new' : numberOf(raw.hook),
    state: oneOf(STATES, raw.state),
    message: numberOf(raw.message),
  };
}
