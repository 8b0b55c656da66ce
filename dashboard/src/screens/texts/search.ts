import { isSaid, numberOf } from '../../view/addressParts';

/** Whose texts are listed, of which module, and which one is open. */
export type TextsSearch = {
  bot: number | undefined;
  module: string | undefined;
  own: true | undefined;
  text: string | undefined;
};

const keyOf = (raw: unknown) =>
  typeof raw === 'string' && /^[a-z0-9_]{1,80}$/.test(raw) ? raw : undefined;

export const parseTextsSearch = (raw: Record<string, unknown>): TextsSearch => ({
  bot: numberOf(raw.bot),
  module: keyOf(raw.module),
  own: isSaid(raw.own),
  text: keyOf(raw.text),
});
