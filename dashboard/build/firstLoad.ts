import fs from 'node:fs';
import path from 'node:path';
import type { Plugin, Rolldown } from 'vite';

type Chunk = Rolldown.OutputChunk & { viteMetadata?: { importedCss: Set<string> } };

/** What boot.js asks for at once, before any of the code is there. */
type First = {
  /** The texts that every screen needs, by language. */
  texts: Record<string, string>;
  /** By the path of the screen. */
  screens: Record<string, { files: string[]; ru?: string; en?: string }>;
};

/**
 * Tells index.html which files each screen needs, so that code, styles and texts are asked for side
 * by side from the first byte instead of one after the other.
 */
export function firstLoad(): Plugin {
  return {
    name: 'first-load',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const chunks = Object.values(bundle ?? {}).filter(
          (each): each is Chunk => each.type === 'chunk',
        );
        const content = JSON.stringify(firstOf(chunks));
        return {
          html,
          tags: [
            { tag: 'meta', attrs: { name: 'vitrina-first', content }, injectTo: 'head-prepend' },
          ],
        };
      },
    },
  };
}

function firstOf(chunks: Chunk[]): First {
  const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const byModule = (end: string) =>
    chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(end))?.fileName;
  const entry = chunks.find(({ isEntry }) => isEntry);
  const known = new Set(entry ? [entry.fileName, ...within(entry, byFile)] : []);
  for (const css of entry?.viteMetadata?.importedCss ?? []) known.add(css);
  const screens = chunks.flatMap((chunk) => {
    const module = chunk.facadeModuleId ?? '';
    const folder = /\/src\/((?:screens|modules)\/.+)\/\w+Page\.tsx$/.exec(module)?.[1];
    if (!folder) return [];
    const later = chunk.dynamicImports.flatMap((file) => byFile.get(file) ?? []);
    const needed = [chunk, ...later].flatMap((each) => [
      each,
      ...within(each, byFile).flatMap((file) => byFile.get(file) ?? []),
    ]);
    const files = new Set(
      needed.flatMap((each) => [each.fileName, ...(each.viteMetadata?.importedCss ?? [])]),
    );
    const own = {
      files: [...files].filter((file) => !known.has(file)),
      ru: byModule(`${folder}/texts.ru.json`),
      en: byModule(`${folder}/texts.en.json`),
    };
    return [[pathOf(folder), own] as const];
  });
  return {
    texts: { ru: byModule('/i18n/ru.ts') ?? '', en: byModule('/i18n/en.ts') ?? '' },
    screens: Object.fromEntries(screens),
  };
}

/** The address of the screen in a folder of `src`. */
function pathOf(folder: string): string {
  const file = path.resolve(import.meta.dirname, '../src', folder, 'screen.ts');
  return /\bpath: '([^']+)'/.exec(fs.readFileSync(file, 'utf8'))?.[1] ?? folder;
}

/** All that a chunk imports before it runs. */
function within(chunk: Chunk, byFile: Map<string, Chunk>, seen = new Set<string>()): string[] {
  for (const file of chunk.imports) {
    if (seen.has(file)) continue;
    seen.add(file);
    const imported = byFile.get(file);
    if (imported) within(imported, byFile, seen);
  }
  return [...seen];
}
