import i18n from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Language } from '../api/contract';

const STORAGE_KEY = 'vitrina.language';
const texts = { ru: () => import('./ru.json'), en: () => import('./en.json') };

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

async function load(language: Language): Promise<void> {
  if (!i18n.hasResourceBundle(language, 'translation')) {
    const bundle = await texts[language]();
    i18n.addResourceBundle(language, 'translation', bundle.default, true, true);
  }
  await i18n.changeLanguage(language);
  document.documentElement.lang = language;
}

export async function initLanguage(language: Language = preferredLanguage()): Promise<void> {
  await i18n.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    interpolation: { escapeValue: false },
  });
  await load(language);
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
