import fs from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'vite';

const ROOT = path.resolve(import.meta.dirname, '..');
const MANTINE = path.join(ROOT, 'node_modules/@mantine/core');
const VIRTUAL = 'virtual:mantine-styles';
/** Variables, resets and global rules, which belong to no component. */
const ALWAYS = ['default-css-variables', 'baseline', 'global'];

/** Names of what a file imports from the kit. */
export function namesIn(source: string): string[] {
  return [...source.matchAll(/import\s*\{([^}]*)\}\s*from\s*'@mantine\/core'/g)].flatMap(
    ([, list]) =>
      (list ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name && !name.startsWith('type '))
        .map((name) => name.split(' as ')[0] as string),
  );
}

function filesUnder(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\./.test(name))
    .map((name) => path.join(folder, name));
}

/** The file of the kit that each exported name stands in. */
function exportedFrom(): Map<string, string> {
  const index = fs.readFileSync(path.join(MANTINE, 'esm/index.mjs'), 'utf8');
  return new Map(
    [...index.matchAll(/import \{([^}]*)\} from "(\.[^"]*)"/g)].flatMap(([, list, file]) =>
      (list ?? '').split(',').map((name) => [name.trim(), file as string] as const),
    ),
  );
}

/** Style files that a component of the kit needs: its own and those of all that it is made of. */
function stylesFrom(file: string, seen: Set<string>): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const own = /([\w-]+)\.module\.mjs$/.exec(file)?.[1];
  if (own) return [own];
  const source = fs.readFileSync(file, 'utf8');
  return [...source.matchAll(/from "(\.[^"]*)"/g)].flatMap(([, relative]) =>
    stylesFrom(path.resolve(path.dirname(file), relative as string), seen),
  );
}

/** The kit's style files for the named components, in the order in which they may overrule. */
export function stylesOf(names: string[]): string[] {
  const files = exportedFrom();
  const seen = new Set<string>();
  const found = new Set(
    names.flatMap((name) => {
      const file = files.get(name);
      return file ? stylesFrom(path.join(MANTINE, 'esm', file), seen) : [];
    }),
  );
  const whole = fs.readFileSync(path.join(MANTINE, 'styles.css'), 'utf8');
  const place = (name: string) => {
    const css = fs.readFileSync(path.join(MANTINE, `styles/${name}.css`), 'utf8');
    return whole.indexOf(css.slice(0, css.indexOf('{')));
  };
  const components = [...found].filter((name) =>
    fs.existsSync(path.join(MANTINE, `styles/${name}.css`)),
  );
  return [...ALWAYS, ...components.sort((a, b) => place(a) - place(b))];
}

/** Styles of exactly those components that the sources import: none can be forgotten. */
export function mantineStyles(): Plugin {
  return {
    name: 'mantine-styles',
    resolveId: (id) => (id === VIRTUAL ? `\0${VIRTUAL}` : undefined),
    load(id) {
      if (id !== `\0${VIRTUAL}`) return undefined;
      const names = filesUnder(path.join(ROOT, 'src')).flatMap((file) => {
        this.addWatchFile(file);
        return namesIn(fs.readFileSync(file, 'utf8'));
      });
      return stylesOf([...new Set(names)])
        .map((name) => `import '@mantine/core/styles/${name}.css';`)
        .join('\n');
    },
  };
}
