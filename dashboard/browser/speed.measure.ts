import os from 'node:os';
import type { BrowserContext, Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { ROW } from '../src/modules/orders/samples';
import { ANSWERS } from '../src/testing/samples';
import { DESK, openPage, PHONE, settled } from './chromium';
import { VISITS } from './screens';
import { stage } from './stage';

/** The secret link of a running system with visitors, as `vitrina link create` prints it. */
const LINK = process.env.VITRINA_LINK;
const MINUTES = Number(process.env.VITRINA_MINUTES ?? 3);
const ROWS = 100_000;
const FRAMES = 300;
/** A fast flick of a wheel; slower than that nothing new comes into view. */
const STEP_PX = 240;

const on = stage();
const { server } = on;
beforeEach(() => {
  const ofOrders = VISITS.find(({ name }) => name === 'orders')?.answers;
  server.answers = Object.assign({}, ...VISITS.map(({ answers }) => answers), ANSWERS, ofOrders);
});

const at = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

/** A busy machine says little, so no time is judged: the load stands beside each figure. */
function tell(what: string, goal: string, values: readonly number[]): void {
  const [busy = 0] = os.loadavg();
  const figures = [0.5, 0.95, 0.99, 1].map((share) => `${Math.round(at(values, share))}`);
  console.log(
    `${what} (goal: ${goal}): p50 ${figures[0]} ms, p95 ${figures[1]}, p99 ${figures[2]}, most ${figures[3]} ` +
      `(${values.length} of them; load ${busy.toFixed(1)} on ${os.cpus().length} processors)`,
  );
  expect(values.length).toBeGreaterThan(0);
}

/** Milliseconds until the next paint, and what was pressed where. */
type Interaction = { took: number; what: string };

/** Notes how long each press and key took until the next paint. */
async function noteInteractions(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const longest = new Map<number, Interaction>();
    Object.assign(globalThis, { longest });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { interactionId, target, name, duration } = entry as PerformanceEventTiming;
        if (!interactionId || duration <= (longest.get(interactionId)?.took ?? 0)) continue;
        const element = target as HTMLElement | null;
        const what = `${name} ${element?.localName} "${element?.textContent?.slice(0, 30)}" ${location.pathname}`;
        longest.set(interactionId, { took: duration, what });
      }
    }).observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit);
  });
}

/** In milliseconds; those that took less than a frame are counted as one. */
const interactionsOf = (page: Page) =>
  page.evaluate(() => [
    ...(globalThis as unknown as { longest: Map<number, Interaction> }).longest.values(),
  ]);

test('interaction to next paint: the menu, filters, a record beside the list, keys', async () => {
  const found: Interaction[] = [];
  for (const viewport of [PHONE, DESK]) {
    const { page } = await openPage(on.browser, { viewport });
    await noteInteractions(page.context());
    await page.goto(`${on.origin}/`);
    await settled(page);
    for (const key of ['d', 'w', 'm', 'x', '1', 'ArrowLeft', 'ArrowRight']) {
      await page.keyboard.press(key);
      await page.waitForTimeout(120);
    }
    for (const name of ['Orders', 'Customers', 'Catalogue', 'Exports', 'Overview', 'Fraud']) {
      const link = page.getByRole('link', { name }).locator('visible=true').first();
      if ((await link.count()) === 0) continue;
      await link.click();
      await settled(page);
    }
    found.push(...(await interactionsOf(page)));
    await page.goto(`${on.origin}/orders`);
    await settled(page);
    const search = page.getByRole('searchbox').or(page.getByRole('textbox')).first();
    await search.pressSequentially('чай', { delay: 60 });
    await page.getByRole('row', { name: /7/ }).last().click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForTimeout(300);
    found.push(...(await interactionsOf(page)));
    await page.context().close();
  }
  tell(
    'interaction to next paint',
    'p95 at most 100 ms',
    found.map(({ took }) => took),
  );
  const slowest = found.sort((a, b) => b.took - a.took).slice(0, 6);
  for (const { took, what } of slowest) console.log(`  ${took} ms: ${what}`);
});

/** Tells what the page's thread has worked so far, in milliseconds of a processor, whoever else is
 * busy. */
async function workOf(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  };
}

test('frames while a table of 100,000 rows is scrolled', async () => {
  const list = 'GET /api/v1/bots/7000000001/modules/orders/orders';
  const orders = Array.from({ length: ROWS }, (_, index) => ({
    ...ROW,
    id: ROWS - index,
    order_no: ROWS - index,
  }));
  server.answers = { ...server.answers, [list]: { orders, next_before: null } };
  const { page } = await openPage(on.browser, { viewport: DESK });
  await page.goto(`${on.origin}/orders`);
  await settled(page);
  const table = page.getByRole('table').first();
  await table.waitFor();
  const worked = await workOf(page);
  const before = await worked();
  const frames = await table.evaluate(
    (element, { count, step }) =>
      new Promise<number[]>((resolve) => {
        const box = element.parentElement as HTMLElement;
        const times: number[] = [];
        let before = performance.now();
        const next = (now: number) => {
          times.push(now - before);
          before = now;
          box.scrollTop += step;
          if (times.length < count) requestAnimationFrame(next);
          else resolve(times.slice(1));
        };
        requestAnimationFrame(next);
      }),
    { count: FRAMES, step: STEP_PX },
  );
  const work = ((await worked()) - before) / frames.length;
  tell('a frame of scrolling', '16.7 ms, 60 a second', frames);
  console.log(`work of a frame: ${work.toFixed(1)} ms of a processor; 60 a second leave 16.7`);
  expect(work).toBeGreaterThan(0);
  const last = await table.evaluate((element) => {
    const box = element.parentElement as HTMLElement;
    box.scrollTop = box.scrollHeight;
    return new Promise<string>((resolve) =>
      requestAnimationFrame(() =>
        requestAnimationFrame(() => resolve(element.textContent?.slice(-200) ?? '')),
      ),
    );
  });
  expect(last).toContain('No. 1');
  await page.context().close();
});

test.skipIf(!LINK)(
  'a purchase on the screen after it happened',
  async () => {
    const { page } = await openPage(on.browser, { viewport: PHONE });
    await page.goto(LINK ?? '');
    await page.locator('main button').first().click();
    await page.locator('li[data-event]').first().waitFor();
    const waits = await page.evaluate(
      (lasting) =>
        new Promise<number[]>((resolve) => {
          const seen = new Set<Element>();
          const found: number[] = [];
          const look = (isFirst: boolean) => {
            for (const line of document.querySelectorAll('li[data-event="order_paid"]')) {
              if (seen.has(line)) continue;
              seen.add(line);
              const happened = Date.parse(line.querySelector('time')?.dateTime ?? '');
              // Painted in the frame after the one that it was put in.
              if (!isFirst) requestAnimationFrame(() => found.push(Date.now() - happened));
            }
          };
          look(true);
          new MutationObserver(() => look(false)).observe(document.body, {
            childList: true,
            subtree: true,
          });
          setTimeout(() => resolve(found), lasting);
        }),
      MINUTES * 60_000,
    );
    tell('a purchase on the screen', 'p99 under 1500 ms', waits);
    await page.context().close();
  },
  MINUTES * 60_000 + 60_000,
);
