import { expect, test } from 'vitest';

const sources = import.meta.glob<string>(
  ['../**/*.tsx', '!../**/*.test.tsx', '!../testing/**', '!../ui/file/**'],
  { query: '?raw', import: 'default', eager: true },
);
const TAG = /<[A-Za-z]+(?:[^<>{}"]|"[^"]*"|=>|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*>/g;
const tags = Object.entries(sources).flatMap(([file, source]) =>
  (source.match(TAG) ?? []).map((tag) => ({ file, tag })),
);

/** Pictures that are the page's own, or are held by it. */
const OWN = /src="\/|src=\{`data:/;
/** Only what `useDownload` takes has the session everywhere. */
const TAKEN = /onClick=\{file\.onClick\}/;

test('whatever the server gives out to a session is asked for with it, also inside Telegram', () => {
  const pictures = tags.filter(({ tag }) => tag.startsWith('<img') && !OWN.test(tag));
  expect(pictures).toEqual([]);
  const files = tags.filter(({ tag }) => /\sdownload[\s=>]/.test(tag) && /\shref=/.test(tag));
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter(({ tag }) => !TAKEN.test(tag))).toEqual([]);
  const bare = tags.filter(
    ({ tag }) => /^<a\b/.test(tag) && /href=\{`?\/api|href="\/api/.test(tag),
  );
  expect(bare).toEqual([]);
});
