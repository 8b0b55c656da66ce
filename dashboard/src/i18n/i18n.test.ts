import { afterEach, describe, expect, test, vi } from 'vitest';
import { chooseLanguage, initLanguage, preferredLanguage } from './index';

type Texts = { [key: string]: string | Texts };
const PLURAL = /_(zero|one|two|few|many|other)$/;

function flatten(texts: Texts, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([key, value]) =>
      typeof value === 'string'
        ? [[prefix + key, value] as const]
        : [...flatten(value, `${prefix}${key}.`)],
    ),
  );
}

const files = import.meta.glob<Texts>('../**/texts.*.json', { eager: true, import: 'default' });
const ofLanguage = (language: string) =>
  Object.entries(files)
    .filter(([file]) => file.endsWith(`texts.${language}.json`))
    .map(([file, texts]) => [file.slice(0, file.lastIndexOf('/')), flatten(texts)] as const);
const languages = {
  ru: new Map(ofLanguage('ru').flatMap(([, texts]) => [...texts])),
  en: new Map(ofLanguage('en').flatMap(([, texts]) => [...texts])),
};
const meanings = (texts: Map<string, string>) =>
  new Set([...texts.keys()].map((key) => key.replace(PLURAL, '')));
const placeholders = (text: string | undefined) => (text?.match(/{{\w+}}/g) ?? []).toSorted();

const sources = import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.*'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

describe('texts', () => {
  test('Russian and English say the same things', () => {
    expect(meanings(languages.ru)).toEqual(meanings(languages.en));
  });

  test.each(['ru', 'en'] as const)('%s has every plural form and nothing empty', (language) => {
    const texts = languages[language];
    const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const counted = [...texts.keys()].filter((key) => PLURAL.test(key));
    for (const stem of new Set(counted.map((key) => key.replace(PLURAL, ''))))
      for (const form of wanted) expect(texts.has(`${stem}_${form}`), `${stem}_${form}`).toBe(true);
    for (const [key, text] of texts) expect(text.trim(), key).not.toBe('');
  });

  test('both put the same values in', () => {
    for (const [key, text] of languages.en) {
      const other = languages.ru.get(key);
      if (other) expect(placeholders(other), key).toEqual(placeholders(text));
    }
  });

  test('each text stands in one folder alone, in both languages', () => {
    for (const language of ['ru', 'en'] as const) {
      const keys = ofLanguage(language).flatMap(([, texts]) => [...texts.keys()]);
      expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    }
    const folders = (language: string) => ofLanguage(language).map(([folder]) => folder);
    expect(folders('ru')).toEqual(folders('en'));
  });

  test('no sign of one language stands in the code, which speaks both', () => {
    const signs = /№|\bNo\. /;
    expect(Object.keys(sources).filter((file) => signs.test(sources[file] ?? ''))).toEqual([]);
  });

  test('every text that the code names comes with its screen, or with all', () => {
    const byFolder = ofLanguage('en').map(([folder, texts]) => [folder, meanings(texts)] as const);
    const isOfScreen = (folder: string) => /^\.\.\/(screens|modules)\//.test(folder);
    const reaches = (folder: string, file: string) =>
      isOfScreen(folder) ? file.startsWith(`${folder}/`) : true;
    let count = 0;
    for (const [file, source] of Object.entries(sources)) {
      const named = [
        ...source.matchAll(/\bt\(\s*(?:[\w.]+ \? )?'([\w.]+)'(?: : '([\w.]+)')?/g),
      ].flatMap((match) => match.slice(1).filter((key) => key !== undefined));
      count += named.length;
      const known = byFolder.filter(([folder]) => reaches(folder, file));
      const isKnown = (key: string) => known.some(([, keys]) => keys.has(key));
      expect(
        named.filter((key) => !isKnown(key)),
        file,
      ).toEqual([]);
    }
    expect(count).toBeGreaterThan(200);
  });
});

describe('language', () => {
  afterEach(() => vi.unstubAllGlobals());

  test.each([
    ['ru-RU', 'ru'],
    ['ru', 'ru'],
    ['en-US', 'en'],
    ['de', 'en'],
  ])('a browser in %s gets %s', (browser, expected) => {
    vi.stubGlobal('navigator', { language: browser });
    expect(preferredLanguage()).toBe(expected);
  });

  test('a choice is remembered over what the browser says', async () => {
    await initLanguage('en');
    await chooseLanguage('ru');
    vi.stubGlobal('navigator', { language: 'en-US' });
    expect(preferredLanguage()).toBe('ru');
    expect(document.documentElement.lang).toBe('ru');
  });
});
