import { expect, test } from 'vitest';
import type { ScreenSamples } from './screenSamples';

const screens = import.meta.glob(['../screens/**/screen.ts', '../modules/**/screen.ts']);
const samples = import.meta.glob<ScreenSamples>(
  ['../screens/**/samples.ts', '../modules/**/samples.ts'],
  { eager: true, import: 'default' },
);
const sources = import.meta.glob<string>(
  ['../screens/**/*.tsx', '../modules/**/*.tsx', '!../**/*.test.tsx'],
  { query: '?raw', import: 'default', eager: true },
);

const folders = Object.keys(screens).map((file) => file.slice(0, file.lastIndexOf('/')));
/** A screen may stand within another's folder. */
const folderOf = (file: string) =>
  folders
    .filter((folder) => file.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)
    .at(0);

/** Whatever lies over a screen. */
const OVER = /<(Dialog|Confirm|SidePanel|ShownOnce)\b/g;

test('the browser opens each dialog of every screen: as many ways as there are dialogs', () => {
  const counts = new Map(folders.map((folder) => [folder, 0]));
  for (const [file, source] of Object.entries(sources)) {
    const folder = folderOf(file);
    if (folder) counts.set(folder, (counts.get(folder) ?? 0) + (source.match(OVER)?.length ?? 0));
  }
  const forgotten = [...counts].flatMap(([folder, count]) => {
    const { dialogs = {}, panels = {} } = samples[`${folder}/samples.ts`] ?? {};
    const ways = Object.keys(dialogs).length + Object.keys(panels).length;
    return ways < count ? [`${folder}: ${ways} ways for ${count} dialogs`] : [];
  });
  expect(forgotten).toEqual([]);
  expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(40);
});
