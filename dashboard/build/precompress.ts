import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import type { Plugin } from 'vite';

/** Writes .br and .gz beside each text asset, so that no server has to compress at run time. */
export function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    writeBundle(options, bundle) {
      const folder = options.dir as string;
      const files = [...Object.keys(bundle), ...publicFiles(folder)];
      for (const name of new Set(files)) {
        if (!/\.(js|css|svg|webmanifest)$/.test(name)) continue;
        const file = path.join(folder, name);
        const bytes = fs.readFileSync(file);
        fs.writeFileSync(`${file}.gz`, zlib.gzipSync(bytes, { level: 9 }));
        fs.writeFileSync(`${file}.br`, zlib.brotliCompressSync(bytes));
      }
    },
  };
}

/** What Vite has copied as it is. */
const publicFiles = (folder: string) =>
  fs.readdirSync(folder).filter((name) => fs.statSync(path.join(folder, name)).isFile());
