import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const read = (file: string) => fs.readFileSync(path.join(ROOT, file));

/** Width and height of a PNG, which stand at the beginning of it. */
const sizeOf = (png: Buffer) => `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`;

test('the panel can be installed: its manifest is named, and has icons as large as it says', () => {
  const page = read('index.html').toString();
  expect(page).toContain('<link rel="manifest" href="/manifest.webmanifest"');
  expect(page).toContain('<link rel="apple-touch-icon" href="/apple-touch-icon.png"');
  expect(sizeOf(read('public/apple-touch-icon.png'))).toBe('180x180');
  const manifest = JSON.parse(read('public/manifest.webmanifest').toString());
  expect(manifest).toMatchObject({ name: 'Vitrina', start_url: '/', display: 'standalone' });
  const icons: { src: string; sizes: string; purpose?: string }[] = manifest.icons;
  for (const { src, sizes } of icons) {
    const file = read(`public${src}`);
    if (src.endsWith('.png')) expect(sizeOf(file), src).toBe(sizes);
  }
  // What browsers ask for before they offer to install.
  expect(icons.map(({ sizes }) => sizes)).toEqual(expect.arrayContaining(['192x192', '512x512']));
  expect(icons.some(({ purpose }) => purpose === 'maskable')).toBe(true);
});
