import fs from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { openPage, settled } from './chromium';

const ASSETS = path.resolve(import.meta.dirname, '../dist/assets');

/** Bytes of a file as it is sent, by gzip. */
const sent = (file: string) => fs.statSync(path.join(ASSETS, `${file}.gz`)).size;

/** The chunks that a chunk needs before it runs. */
const importsOf = (file: string) =>
  [
    ...fs
      .readFileSync(path.join(ASSETS, file), 'utf8')
      .matchAll(/(?:from|import)\s?"\.\/([^"]+\.js)"/g),
  ].map(([, name]) => name as string);

/** The code that every screen waits for, and each other chunk, in bytes of gzip. */
export function sizesOfCode(): { main: number; others: Record<string, number> } {
  const html = fs.readFileSync(path.join(ASSETS, '../index.html'), 'utf8');
  const entry = /<script type="module"[^>]*src="\/assets\/([^"]+)"/.exec(html)?.[1];
  if (!entry) throw new Error('index.html names no entry');
  const needed = new Set([entry]);
  // A Set visits what is added to it on the way.
  for (const file of needed) for (const other of importsOf(file)) needed.add(other);
  const others = fs.readdirSync(ASSETS).filter((file) => file.endsWith('.js') && !needed.has(file));
  return {
    main: [...needed].reduce((sum, file) => sum + sent(file), 0),
    others: Object.fromEntries(others.map((file) => [file, sent(file)])),
  };
}

export type Line = { cpu: number; kilobits: number; delayMs: number };
/** A phone of the cheap kind on a slow network. */
export const SLOW_PHONE: Line = { cpu: 4, kilobits: 1600, delayMs: 150 };
export const LOOPBACK: Line = { cpu: 1, kilobits: 0, delayMs: 0 };

/** Milliseconds until the largest thing of a screen is painted, with nothing in the cache. */
export async function largestPaint(browser: Browser, url: string, line: Line): Promise<number> {
  const { page } = await openPage(browser, { viewport: { width: 390, height: 844 } });
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: line.cpu });
  if (line.kilobits)
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: line.delayMs,
      downloadThroughput: (line.kilobits * 1000) / 8,
      uploadThroughput: (line.kilobits * 1000) / 8,
    });
  await page.goto(url);
  await settled(page);
  const paint = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) =>
          resolve(list.getEntries().at(-1)?.startTime ?? 0),
        ).observe({
          type: 'largest-contentful-paint',
          buffered: true,
        });
      }),
  );
  await page.context().close();
  return paint;
}
