import type { BotMode, NewShop } from '../../api/model';

/** What of the form was filled in, so that leaving it loses nothing. */
export type Draft = {
  /** An id, or `new`. */
  shop: string;
  newShop: NewShop;
  contact: string;
  mode: BotMode;
  /** Undefined: as the modules themselves advise. */
  picked: string[] | undefined;
  template: string;
};

const KEY = 'vitrina.connect';
/** A secret is in memory alone: it is gone with the page. */
let keptToken = '';

export const tokenKept = () => keptToken;
export const keepToken = (token: string) => {
  keptToken = token;
};

const isDraft = (value: unknown): value is Draft =>
  typeof value === 'object' &&
  value !== null &&
  ['shop', 'contact', 'mode', 'template'].every(
    (key) => typeof (value as Record<string, unknown>)[key] === 'string',
  ) &&
  typeof (value as Draft).newShop?.name === 'string';

/** What was filled in before in this tab, if it was left half-way. */
export function draftKept(): Draft | null {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    return isDraft(found) ? found : null;
  } catch {
    // Storage may be forbidden, or hold what an older panel wrote.
    return null;
  }
}

export function keepDraft(draft: Draft): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // Without storage the form is kept for as long as it is open.
  }
}

export function forgetDraft(): void {
  keptToken = '';
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}
