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

/** Milliseconds from the address to what is painted: anything, the first figure, the largest thing,
 * and what that is. */
export type Paints = {
  first: number;
  figures: number;
  largest: number;
  what: string;
  /** What the page's thread worked until then, in milliseconds of a processor. */
  work: number;
};

/** Of the overview, with nothing in the cache. */
export async function paintsOf(browser: Browser, url: string, line: Line): Promise<Paints> {
  const { page } = await openPage(browser, { viewport: { width: 390, height: 844 } });
  await page.addInitScript(noteFigures);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
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
  await page.waitForFunction(() => 'figuresAt' in globalThis, undefined, { timeout: 120_000 });
  const { metrics } = await session.send('Performance.getMetrics');
  const work = (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  const paints = await page.evaluate(
    () =>
      new Promise<Omit<Paints, 'work'>>((resolve) => {
        const first = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0;
        const figures = (globalThis as unknown as { figuresAt: number }).figuresAt;
        new PerformanceObserver((list) => {
          const last = list.getEntries().at(-1) as PerformanceEntry & { element?: Element };
          const what = `${last.element?.localName} "${last.element?.textContent?.slice(0, 60)}"`;
          resolve({ first, figures, largest: last.startTime, what });
        }).observe({ type: 'largest-contentful-paint', buffered: true });
      }),
  );
  await page.context().close();
  return { ...paints, work };
}

/** When the first figure has been painted: in the frame after the one that it was put in. */
function noteFigures(): void {
  const watch = new MutationObserver(() => {
    if (!document.querySelector('[data-part="value"]')) return;
    watch.disconnect();
    requestAnimationFrame(() =>
      setTimeout(() => Object.assign(globalThis, { figuresAt: performance.now() })),
    );
  });
  watch.observe(document, { childList: true, subtree: true });
}
