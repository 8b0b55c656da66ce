/** What a screen's folder gives for the pass through a real browser, in `samples.ts`. */
export type ScreenSamples = {
  /** Its address with something in it; that of `screen.ts` unless said. */
  address?: string;
  /** What the API answers, by method and path: `'GET /api/storage': {...}`. */
  answers?: Record<string, unknown>;
  /** What is written into its fields, by their selectors, before it is looked at. */
  typed?: Record<string, string>;
  /** How each of its dialogs is opened: names of buttons, pressed one after the other. */
  dialogs?: Record<string, readonly string[]>;
  /** Addresses at which something lies open beside the screen: a row's whole story. */
  panels?: Record<string, string>;
};
