import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { inOrder, saidOf } from './firstLoad';

const PAGE = fs
  .readFileSync(path.resolve(import.meta.dirname, '../index.html'), 'utf8')
  // As Vite leaves it.
  .replace(/<script type="module".*<\/script>/, '')
  .replace(
    '</head>',
    '<script type="module" src="/assets/a.js"></script><link rel="stylesheet" href="/assets/a.css"></head>',
  );

test('the code is asked for first, the styles stand behind what is drawn before it', () => {
  const page = inOrder(PAGE, `{"it's":"a & b"}`);
  const places = ['a.js', '\'{"it&#39;s":"a &amp; b"}\'', 'src="/boot.js"', 'a.css', 'id="root"'];
  const found = places.map((each) => page.indexOf(each));
  expect(found).not.toContain(-1);
  expect(found).toEqual(found.toSorted((a, b) => a - b));
});

test.each([
  ['<head>', '<head lang="ru">'],
  ['<script src="/boot.js">', '<script async src="/boot.js">'],
  ['<first-paint>', '<first-paint class="a">'],
  ['<div id="root">', '<div id="app">'],
  ['rel="stylesheet"', 'rel="other"'],
  ['type="module"', 'type="text/javascript"'],
])('a page that has no %s is not built', (was, is) => {
  expect(() => inOrder(PAGE.replace(was, is), '{}')).toThrow('index.html has no');
});

const SCREEN = "defineScreen({ path: '/data', title: { ru: 'Данные', en: 'Data' } })";

test('a screen says its address and its name, in any order of languages', () => {
  const said = { path: '/data', title: { ru: 'Данные', en: 'Data' } };
  expect(saidOf(SCREEN, 'data')).toEqual(said);
  expect(
    saidOf(SCREEN.replace("ru: 'Данные', en: 'Data'", "en: 'Data', ru: 'Данные'"), ''),
  ).toEqual(said);
});

test.each(["path: '/data'", "ru: 'Данные'", "'Data'"])(
  'a screen without %s is not built',
  (word) => {
    expect(() => saidOf(SCREEN.replace(word, "key: ''"), 'screens/data')).toThrow(
      'screens/data/screen.ts',
    );
  },
);
