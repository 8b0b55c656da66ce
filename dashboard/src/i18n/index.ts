import i18n from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Language } from '../api/model';
import { patiently } from '../ui/loadedLater';

const STORAGE_KEY = 'vitrina.language';

type Texts = Record<string, unknown>;
const common = { ru: () => import('./ru'), en: () => import('./en') };
const ofScreens = import.meta.glob<Texts>(
  ['../screens/**/texts.*.json', '../modules/**/texts.*.json'],
  { import: 'default' },
);
/** Languages whose common texts are there; a screen's own may come before them. */
const known = new Set<Language>();
/** Folders of the screens that were opened: their texts change with the language. */
const opened = new Set<string>();

function remembered(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

/** What the visitor chose before, else what the browser speaks, else English. */
export function preferredLanguage(): Language {
  const chosen = remembered() ?? navigator.language;
  return /^ru\b/i.test(chosen) ? 'ru' : 'en';
}

function add(language: Language, texts: Texts): void {
  i18n.addResourceBundle(language, 'translation', texts, true, true);
}

/** A folder and those above it, as `import.meta.glob` names them from here. */
function lineOf(folder: string): string[] {
  const parts = folder.replace(/^\.\//, '').split('/');
  return parts.slice(1).map((_, index) => `../${parts.slice(0, index + 2).join('/')}`);
}

/** `folder` is a screen's, from `src`: `./screens/data`; what stands above it is loaded with it. */
export async function loadTextsOf(
  folder: string,
  language = i18n.language as Language,
): Promise<void> {
  const files = lineOf(folder).flatMap((each) => ofScreens[`${each}/texts.${language}.json`] ?? []);
  for (const texts of await Promise.all(files.map((load) => load()))) add(language, texts);
  opened.add(folder);
}

async function load(language: Language): Promise<void> {
  if (!known.has(language)) {
    for (const texts of (await common[language]()).texts) add(language, texts);
    known.add(language);
  }
  await Promise.all([...opened].map((folder) => loadTextsOf(folder, language)));
  await i18n.changeLanguage(language);
  document.documentElement.lang = language;
}

export async function initLanguage(language: Language = preferredLanguage()): Promise<void> {
  known.clear();
  await i18n.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    interpolation: { escapeValue: false },
  });
  await patiently(() => load(language));
}

export async function chooseLanguage(language: Language): Promise<void> {
  await load(language);
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Storage may be forbidden, as in an embedded page: the choice then lasts until a reload.
  }
}

export const useLanguage = () => useTranslation().i18n.language as Language;
