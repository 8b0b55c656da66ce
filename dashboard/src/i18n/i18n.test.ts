import { afterEach, describe, expect, test, vi } from 'vitest';
import en from './en.json';
import { chooseLanguage, initLanguage, preferredLanguage } from './index';
import ru from './ru.json';

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

const languages = { ru: flatten(ru), en: flatten(en) };
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

  test('every text that the code names exists', () => {
    const named = Object.values(sources).flatMap((source) =>
      [...source.matchAll(/\bt\(\s*(?:\w+ \? )?'([\w.]+)'(?: : '([\w.]+)')?/g)].flatMap((match) =>
        match.slice(1).filter((key) => key !== undefined),
      ),
    );
    expect(named.length).toBeGreaterThan(60);
    const known = meanings(languages.en);
    expect(named.filter((key) => !known.has(key))).toEqual([]);
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
