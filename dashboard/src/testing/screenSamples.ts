import type { Language } from '../api/model';

/** The name of a button to press, what to write into the field of a name, or a key. */
export type Step = string | readonly [field: string, text: string] | { key: string };

/** How a dialog is opened: step by step; or from another address, and after an option was chosen in
 * the field of a name. `after`: the steps that leave no trace of it; `isOnPhone`: a desk has no such
 * button. */
export type DialogWay =
  | readonly Step[]
  | {
      at?: string;
      choose?: readonly [field: string, option: string];
      presses?: readonly Step[];
      after?: readonly Step[];
      isOnPhone?: true;
    };

/** What a screen's folder gives for the pass through a real browser, in `samples.ts`. */
export type ScreenSamples = {
  /** Its address with something in it; that of `screen.ts` unless said. */
  address?: string;
  /** What the API answers, by method and path, and the query where that matters:
   * `'GET /api/v1/storage': {...}`, `'GET /api/v1/metrics/query?breakdown=product': {...}`. */
  answers?: Record<string, unknown>;
  /** What is written into its fields, by their selectors, before it is looked at. */
  typed?: Record<string, string>;
  /** How each of its dialogs is opened; those from another address last. None may be forgotten:
   * dialogs.test.ts counts them. */
  dialogs?: Record<string, DialogWay>;
  /** What the API answers where it is pictured, instead: as much as an owner has, in his language. */
  pictures?: Record<Language, Record<string, unknown>>;
  /** Addresses at which something lies open beside the screen: a row's whole story. */
  panels?: Record<string, string>;
};
