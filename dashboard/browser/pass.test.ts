import fs from 'node:fs';
import { createRequire } from 'node:module';
import type { ElementHandle, Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { ANSWERS, OVERVIEW, SHOPS, TEA } from '../src/testing/samples';
import type { DialogWay, Step } from '../src/testing/screenSamples';
import { DESK, expectQuiet, PHONE, settled, typeInto } from './chromium';
import { VISITS } from './screens';
import { stage } from './stage';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** What a finger hits; text within a sentence and what the browser draws itself are no targets. */
const LEAST_TARGET = 44;

const on = stage();
const { server } = on;
beforeEach(() => {
  server.answers = ANSWERS;
  server.unknown.length = 0;
});

type Violation = { id: string; nodes: { html: string; failureSummary?: string }[] };

/** Within a dialog: what lies behind is out of reach, so its landmarks are not doubled. */
const IN_DIALOG = ['landmark-no-duplicate-banner', 'landmark-unique'];

async function axe(page: Page, within = 'document', without: string[] = []): Promise<string[]> {
  const rules = JSON.stringify(Object.fromEntries(without.map((id) => [id, { enabled: false }])));
  // By the debugger, which no content security policy is in the way of; once a document.
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(AXE);
  const found = await page.evaluate(
    `axe.run(${within}, { resultTypes: ['violations'], preload: false, rules: ${rules} })`,
  );
  return (found as { violations: Violation[] }).violations.map(
    ({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary ?? ''}`,
  );
}

/** How far the page reaches beyond its right edge. */
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

const smallTargets = (page: Page) =>
  page.evaluate((least) => {
    const inText = (element: Element) => getComputedStyle(element).display === 'inline';
    return (
      [...document.querySelectorAll('a, button, [role="switch"], select, input')]
        .filter((element) => element.checkVisibility() && !inText(element))
        .map((element) => {
          const label = element.closest(
            '.mantine-Checkbox-body, .mantine-Radio-body, .mantine-Switch-body, .mantine-PasswordInput-wrapper',
          );
          const { width, height, right } = (label ?? element).getBoundingClientRect();
          return { width, height, right, html: element.outerHTML.slice(0, 160) };
        })
        // What is moved out of sight until it has the focus is for keys.
        .filter(
          ({ width, height, right }) =>
            width > 1 && height > 1 && right > 0 && (height < least - 0.5 || width < 24),
        )
        .map(({ width, height, html }) => `${Math.round(width)}×${Math.round(height)} ${html}`)
    );
  }, LEAST_TARGET);

/** Buttons whose words do not fit into them. */
const cutButtons = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.mantine-Button-label')]
      .filter(
        (label) =>
          label.checkVisibility() &&
          (label.scrollWidth > label.clientWidth + 1 ||
            label.scrollHeight > label.clientHeight + 1),
      )
      .map(({ textContent }) => textContent),
  );

/** Whether the phone's bar lies over the last thing on the screen once it is scrolled to its end. */
const isCovered = (page: Page) =>
  page.evaluate(() => {
    window.scrollTo(0, document.documentElement.scrollHeight);
    const bar = [...document.querySelectorAll('nav')]
      .map((nav) => nav.getBoundingClientRect())
      .find(({ top, height }) => height > 0 && top > window.innerHeight / 2);
    const last = document.querySelector('main')?.lastElementChild?.getBoundingClientRect();
    window.scrollTo(0, 0);
    return Boolean(bar && last && last.bottom > bar.top + 1);
  });

const ON_PHONE = { viewport: PHONE, colorScheme: 'light', hasTouch: true } as const;
const AT_DESK = { viewport: DESK, colorScheme: 'dark', hasTouch: false } as const;
type Window = typeof ON_PHONE | typeof AT_DESK;

/** One page is both windows, so that they load a screen once. */
async function become(page: Page, { viewport, colorScheme, hasTouch }: Window): Promise<void> {
  const session = await on.session(page);
  await session.send('Emulation.setTouchEmulationEnabled', { enabled: hasTouch });
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme });
}

/** The same, once what is loaded is drawn so. */
async function turn(page: Page, window: Window): Promise<void> {
  await become(page, window);
  await page.waitForFunction(
    ([width, scheme]) =>
      innerWidth === width &&
      document.documentElement.dataset.mantineColorScheme === scheme &&
      document.getAnimations().every(({ playState }) => playState !== 'running'),
    [window.viewport.width, window.colorScheme] as const,
  );
}

async function openAt(page: Page, address: string): Promise<void> {
  await page.goto(on.origin + address);
  await settled(page);
}

test.each(VISITS)('$name', async ({ address, answers, typed, dialogs, panels }) => {
  server.answers = answers;
  const { page, complaints } = await on.page({});
  await become(page, ON_PHONE);
  await openAt(page, address);
  await typeInto(page, typed);
  expect(await page.title()).toMatch(/ · Vitrina$/);
  await lookAtScreen(page);
  expect(await smallTargets(page)).toEqual([]);
  expect(await isCovered(page)).toBe(false);
  await turn(page, AT_DESK);
  await lookAtScreen(page);
  for (const way of Object.values(dialogs)) {
    const { at, ...steps }: Way = 'length' in way ? { presses: way } : way;
    await become(page, ON_PHONE);
    if (at) await openAt(page, at);
    else await turn(page, ON_PHONE);
    await tryDialog(page, steps);
  }
  for (const panel of Object.values(panels)) {
    await become(page, ON_PHONE);
    await openAt(page, panel);
    await tryDialog(page, {});
  }
  expect(server.unknown).toEqual([]);
  expectQuiet(complaints);
});

async function lookAtScreen(page: Page): Promise<void> {
  expect(await axe(page)).toEqual([]);
  expect(await cutButtons(page)).toEqual([]);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
}

type Way = Exclude<DialogWay, readonly Step[]>;

const opener = (page: Page, name: string) =>
  page.getByRole('button', { name, exact: true }).locator('visible=true').first();

async function go(page: Page, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    await page.evaluate(noteDialogs);
    if (typeof step === 'string') await opener(page, step).click();
    else if ('key' in step) await page.keyboard.press(step.key);
    else await page.getByRole('textbox', { name: step[0] }).last().fill(step[1]);
  }
}

/** Those that are there, to tell from them what the next step opens. */
function noteDialogs(): void {
  for (const each of document.querySelectorAll('[role=dialog]')) each.setAttribute('data-was', '');
}

/** What the steps or the address have opened; an address may open one over another. */
async function opened(page: Page): Promise<ElementHandle<HTMLElement | SVGElement>> {
  const those = '[role=dialog]:not([data-was])';
  const first = await page.waitForSelector(those);
  // The one over the other comes with the next drawing.
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
  return (await page.$$(those)).at(-1) ?? first;
}

/** A dialog lies over all else, within the window, and gives the focus back: opened on a phone and
 * closed at a desk, where what opens it is to be found as well. */
async function tryDialog(page: Page, way: Way): Promise<void> {
  const { choose, presses = [], after = [], isOnPhone = false } = way;
  if (choose) await page.getByLabel(choose[0], { exact: true }).selectOption(choose[1]);
  await go(page, presses);
  const dialog = await opened(page);
  await lookAtDialog(page, dialog);
  if (!isOnPhone) {
    await turn(page, AT_DESK);
    await lookAtDialog(page, dialog);
  }
  await page.keyboard.press('Escape');
  // What is shown this once says first that it was not copied.
  if (await dialog.evaluate(isStaying)) await page.keyboard.press('Escape');
  await dialog.waitForElementState('hidden');
  // What the address opened has nowhere to give the focus back to.
  if (presses.length > 0)
    await page.waitForFunction(() => document.activeElement !== document.body);
  const last = presses.at(-1);
  if (typeof last === 'string' && presses.every((each) => typeof each === 'string'))
    await opener(page, last).waitFor();
  await go(page, after);
}

/** Whether it asks something instead of closing. */
const isStaying = (dialog: SVGElement | HTMLElement) =>
  new Promise<boolean>((resolve) => {
    const look = () => {
      if (!dialog.isConnected) resolve(false);
      else if (dialog.querySelector('[role=alert]')) resolve(true);
      else requestAnimationFrame(look);
    };
    look();
  });

async function lookAtDialog(page: Page, dialog: ElementHandle<Element>): Promise<void> {
  // It fades in, and is there before that begins.
  await page.waitForFunction((element) => {
    let part: Element | null = element;
    while (part && getComputedStyle(part).opacity === '1') part = part.parentElement;
    return !part && document.getAnimations().every(({ playState }) => playState !== 'running');
  }, dialog);
  const place = await dialog.evaluate((element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const at = document.elementFromPoint(
      (left + right) / 2,
      (top + Math.min(bottom, innerHeight)) / 2,
    );
    return {
      isOnTop: element.contains(at),
      isInside: left >= -1 && top >= -1 && right <= innerWidth + 1 && bottom <= innerHeight + 1,
    };
  });
  expect(place).toEqual({ isOnTop: true, isInside: true });
  expect(await axe(page, "'[role=dialog]'", IN_DIALOG)).toEqual([]);
  expect(await cutButtons(page)).toEqual([]);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
}

/** What a shopper may be called, and write: it stays text, and fits. */
const HOSTILE =
  '<img src=x onerror="globalThis.ran=1"><svg onload="globalThis.ran=1"><script>ran=1</script>' +
  `"onfocus="ran=1 {{shop}} \u202E${'оченьдлинно'.repeat(360)}`;
const WRITTEN_BY_PEOPLE = new Set(
  'name first_name username label title text product_title buyer_name comment reason note body last_words'.split(
    ' ',
  ),
);

function spoiled(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return WRITTEN_BY_PEOPLE.has(key) ? HOSTILE : value;
  if (Array.isArray(value)) return value.map((each) => spoiled(each, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, spoiled(each, name)]),
  );
}

/** Screens that show what people write at once. Elsewhere it comes with what is opened or chosen. */
const SHOWS_PEOPLE = new Set([
  'orders',
  'customers',
  'support',
  'reviews',
  'overview',
  'catalogue',
]);

/** Screens that are told more of people than the names of shops, which are on each. */
const OF_PEOPLE = VISITS.filter(({ name, answers }) => {
  const own = Object.entries(answers).filter(([route]) => !(route in ANSWERS));
  return name === 'overview' || JSON.stringify(spoiled(own)) !== JSON.stringify(own);
});

test.each(OF_PEOPLE)('what people write does nothing on $name', async (visit) => {
  const { name, address, answers, panels } = visit;
  server.answers = spoiled(answers) as typeof answers;
  const { page, complaints } = await on.page(ON_PHONE);
  for (const shown of [address, ...Object.values(panels)]) {
    await page.goto(on.origin + shown);
    await settled(page);
    const written = page.getByText('onerror').locator('visible=true').first();
    if (SHOWS_PEOPLE.has(name)) await written.waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await page.locator('img[src="x"], svg[onload], script:not([src])').count()).toBe(0);
    expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false);
  }
  expectQuiet(complaints); // also of a policy that something broke
});

test('sixty shops, one with an endless name, are searched and chosen on a phone', async () => {
  const many = Array.from({ length: 60 }, (_, index) => ({
    ...TEA,
    id: index + 10,
    bots: [],
    name: index === 7 ? `Магазин${'оченьдлинноеназвание'.repeat(8)}` : `Shop ${index}`,
  }));
  server.answers = { ...ANSWERS, 'GET /api/v1/shops': [...SHOPS, ...many] };
  const { page } = await on.page(ON_PHONE);
  await page.goto(`${on.origin}/?shops=17`);
  await settled(page);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  await page.getByRole('button', { name: /Магазин/ }).click();
  const list = page.getByRole('dialog');
  await list.waitFor();
  const { height, width, x, y } = (await list.boundingBox()) ?? { height: 0, width: 0, x: 0, y: 0 };
  expect(x >= 0 && x + width <= PHONE.width && y + height <= PHONE.height).toBe(true);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  await list.getByRole('textbox').fill('shop 42');
  await list.getByRole('button', { name: 'Only Shop 42' }).click();
  await page.waitForURL((url) => url.searchParams.get('shops') === '52');
});

test.each([
  '/?shops=abc&period=1y&from=x&compare=7',
  '/shops/connect?shop=-1&bot=%00',
  '/data?shops=',
])('the address %s shows a whole screen', async (address) => {
  const visit = VISITS.find(({ address: own }) => own.split('?')[0] === address.split('?')[0]);
  server.answers = visit?.answers ?? ANSWERS;
  const { page, complaints } = await on.page(AT_DESK);
  await page.goto(on.origin + address);
  await settled(page);
  expect(await page.getByRole('navigation').locator('visible=true').count()).toBeGreaterThan(0);
  expect(await page.getByRole('alert').count()).toBe(0);
  expectQuiet(complaints);
});

test('the view goes along from screen to screen, and a lost network is told', async () => {
  const data = VISITS.find(({ name }) => name === 'data');
  server.answers = { ...ANSWERS, ...data?.answers };
  const { page } = await on.page(AT_DESK);
  await page.goto(`${on.origin}/?shops=1&period=7d`);
  await settled(page);
  await page.getByRole('link', { name: 'Data' }).locator('visible=true').first().click();
  await page.waitForURL((url) => url.pathname === '/data' && url.search === '?shops=1&period=7d');
  await settled(page);
  // The code of the other screens is here by now: the network may go.
  await page.waitForFunction(
    () =>
      performance.getEntriesByType('resource').filter(({ name }) => name.includes('ShopsPage'))
        .length > 0,
  );
  await page.context().setOffline(true);
  await page.getByText('No connection to the server.').first().waitFor();
  await page.getByRole('link', { name: 'Shops and bots' }).locator('visible=true').first().click();
  await page.getByRole('heading', { level: 1, name: 'Shops and bots' }).waitFor();
  await page.context().setOffline(false);
  await page.getByText('No connection to the server.').waitFor({ state: 'hidden' });
});

test('the largest amounts stay within their cards on a phone', async () => {
  const figures = OVERVIEW.figures.map((each) =>
    each.kind === 'money' ? { ...each, currency: 'RUB', value: 123_456_789_012 } : each,
  );
  server.answers = { ...ANSWERS, 'GET /api/v1/overview': { ...OVERVIEW, figures } };
  const { page } = await on.page(ON_PHONE);
  await page.goto(on.origin);
  await settled(page);
  const value = page.locator('[data-part="value"]').filter({ hasText: '1,234,567,890.12' }).first();
  await value.waitFor();
  expect(
    await value.evaluate((element) => {
      const card = element.closest('button') as HTMLElement;
      return element.getBoundingClientRect().right - card.getBoundingClientRect().right;
    }),
  ).toBeLessThan(0);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
});
