import fs from 'node:fs';
import path from 'node:path';
import type { Plugin, Rolldown } from 'vite';

type Chunk = Rolldown.OutputChunk & { viteMetadata?: { importedCss: Set<string> } };

/** What boot.js asks for at once, before any of the code is there; files by their places in `files`,
 * for index.html itself is on the way of everything. */
type First = {
  files: string[];
  /** The texts that every screen needs, by language. */
  texts: Texts;
  /** By the path of the screen; `later` is what it imports itself, which would take the line from
   * what is needed first. */
  screens: Record<string, { title: Title; now: number[]; later: number[]; texts: Texts }>;
};
type Title = { ru: string; en: string };
type Texts = { ru: number; en: number };

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
        return inOrder(html, JSON.stringify(firstOf(chunks)));
      },
    },
  };
}

/**
 * The code is asked for before the long list is read. The styles stand behind what boot.js draws: in
 * the head they would keep it from being painted, and the code waits for them there all the same;
 * and before what React draws, whose own styles overrule them.
 */
export function inOrder(html: string, first: string): string {
  const taken: string[] = [];
  const without = html.replace(
    /\s*<(?:script type="module"|link rel="(?:modulepreload|stylesheet)")[^>]*>(?:<\/script>)?/g,
    (tag) => {
      taken.push(tag.trim());
      return '';
    },
  );
  const sheets = taken.filter((tag) => tag.includes('rel="stylesheet"'));
  const code = taken.filter((tag) => !sheets.includes(tag));
  if (!code.length || !sheets.length) throw new Error('index.html has no code or no styles');
  const list = first.replaceAll('&', '&amp;').replaceAll("'", '&#39;');
  const places: [string, string][] = [
    ['<head>', `<head>${code.join('')}<link rel="preload" as="script" href="/boot.js">`],
    [
      '<script src="/boot.js">',
      `<meta name="vitrina-first" content='${list}'><script src="/boot.js">`,
    ],
    // boot.js draws into the one; what React draws stands in the other.
    ['<first-paint>', '<first-paint>'],
    ['<div id="root">', `${sheets.join('')}<div id="root">`],
  ];
  return places.reduce((done, [place, put]) => {
    if (done.split(place).length !== 2) throw new Error(`index.html has no ${place}, or several`);
    return done.replace(place, () => put);
  }, without);
}

function firstOf(chunks: Chunk[]): First {
  const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const byModule = (end: string) =>
    chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(end))?.fileName;
  const entry = chunks.find(({ isEntry }) => isEntry);
  const known = new Set(entry ? [entry.fileName, ...within(entry, byFile)] : []);
  for (const css of entry?.viteMetadata?.importedCss ?? []) known.add(css);
  const files: string[] = [];
  const place = (file: string) => {
    const short = file.replace(/^assets\//, '');
    if (!files.includes(short)) files.push(short);
    return files.indexOf(short);
  };
  const textsOf = (ru: string, en: string): Texts => {
    const [own, other] = [byModule(ru), byModule(en)];
    if (!own || !other) throw new Error(`no chunk is made of ${own ? en : ru}`);
    return { ru: place(own), en: place(other) };
  };
  const screens = chunks.flatMap((chunk) => {
    const folder = folderOf(chunk);
    if (!folder) return [];
    const own = filesOf([chunk], byFile).filter((file) => !known.has(file));
    const shown = chunk.dynamicImports.flatMap((file) => byFile.get(file) ?? []);
    const later = filesOf(shown, byFile).filter((file) => !known.has(file) && !own.includes(file));
    const { path: address, title } = screenIn(folder);
    const said = {
      title,
      now: own.map(place),
      later: later.map(place),
      texts: textsOf(`${folder}/texts.ru.json`, `${folder}/texts.en.json`),
    };
    return [[address, said] as const];
  });
  return {
    files,
    texts: textsOf('/i18n/ru.ts', '/i18n/en.ts'),
    screens: Object.fromEntries(screens),
  };
}

/** The screen's that the chunk is of, in `src`. */
function folderOf({ moduleIds }: Chunk): string | undefined {
  const screen = /\/src\/((?:screens|modules)\/.+)\/\w+Page\.tsx$/;
  return moduleIds.flatMap((id) => screen.exec(id)?.[1] ?? [])[0];
}

/** What the screen in a folder of `src` says of itself. */
function screenIn(folder: string): { path: string; title: Title } {
  const file = path.resolve(import.meta.dirname, '../src', folder, 'screen.ts');
  return saidOf(fs.readFileSync(file, 'utf8'), folder);
}

/** The address and the name of a screen, of its `screen.ts`; `folder` is how an error names it. */
export function saidOf(source: string, folder: string): { path: string; title: Title } {
  const word = (before: RegExp) => {
    const found = new RegExp(`${before.source}(['"])(.+?)\\1`).exec(source)?.[2];
    if (!found) throw new Error(`${folder}/screen.ts has no word after ${before.source}`);
    return found;
  };
  return {
    path: word(/\bpath: /),
    title: { ru: word(/\btitle: \{[^}]*?\bru: /), en: word(/\btitle: \{[^}]*?\ben: /) },
  };
}

/** Code and styles that these chunks need before they run. */
function filesOf(chunks: Chunk[], byFile: Map<string, Chunk>): string[] {
  const needed = chunks.flatMap((each) => [
    each,
    ...within(each, byFile).flatMap((file) => byFile.get(file) ?? []),
  ]);
  return [
    ...new Set(
      needed.flatMap((each) => [each.fileName, ...(each.viteMetadata?.importedCss ?? [])]),
    ),
  ];
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
