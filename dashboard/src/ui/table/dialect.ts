import { useSyncExternalStore } from 'react';
import type { Language } from '../../api/model';

/** How CSV files are written: as programs read them, or as a Russian Excel opens them. */
export type Dialect = 'plain' | 'excel';

const STORAGE_KEY = 'vitrina.csv';
const listeners = new Set<() => void>();
let chosen: Dialect | undefined;

function remembered(): Dialect {
  try {
    return localStorage.getItem(STORAGE_KEY) === 'excel' ? 'excel' : 'plain';
  } catch {
    return 'plain';
  }
}

export function currentDialect(): Dialect {
  chosen ??= remembered();
  return chosen;
}

export function chooseDialect(dialect: Dialect): void {
  chosen = dialect;
  try {
    localStorage.setItem(STORAGE_KEY, dialect);
  } catch {
    // Storage may be forbidden, as in an embedded page: the choice then lasts until a reload.
  }
  for (const tell of listeners) tell();
}

function listen(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** The choice, which is remembered in this browser. */
export const useDialect = () => useSyncExternalStore(listen, currentDialect);

/** What an export of the API is asked for by it. */
export const layoutOf = (dialect: Dialect, language: Language) =>
  dialect === 'excel'
    ? ({ separator: 'semicolon', decimal: 'comma', bom: true, headings: language } as const)
    : {};
