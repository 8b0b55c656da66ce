import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
];

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.VITRINA_CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  });

/** A page that remembers what the browser complains of. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions,
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'Europe/Moscow',
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { page, complaints };
}

/** Until the screen has its heading and nothing of it is still loading. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(
    () =>
      !document.querySelector(
        'main [role="status"][aria-label="Loading"], main [role="status"][aria-label="Загрузка"]',
      ),
  );
  await page.evaluate(() => document.fonts.ready);
}

/** Fills the fields of a screen that shows more when they are, by their selectors. */
export async function typeInto(page: Page, typed: Record<string, string>): Promise<void> {
  for (const [field, text] of Object.entries(typed)) await page.locator(field).fill(text);
  if (Object.keys(typed).length > 0) await settled(page);
}

type Kept = { page: Page; complaints: string[] };

/**
 * One page a kind of window for all the tests of a file: a new one reads and compiles the whole panel
 * anew, which is most of what a visit costs. What a visit leaves behind is removed after it.
 */
export class KeptPages {
  private readonly kept = new Map<string, Kept>();

  async get(browser: Browser, options: BrowserContextOptions): Promise<Kept> {
    const key = JSON.stringify(options);
    const found = this.kept.get(key) ?? (await openPage(browser, options));
    this.kept.set(key, found);
    return found;
  }

  /** After each test. What one that failed leaves behind is not known: its pages are closed. */
  async clear(hasFailed: boolean): Promise<void> {
    for (const [key, { page, complaints }] of this.kept) {
      if (hasFailed) {
        await page.context().close();
        this.kept.delete(key);
      } else if (page.url() !== 'about:blank') {
        await page.evaluate(() => {
          localStorage.clear();
          sessionStorage.clear();
        });
        // It would go on asking, of answers that are the next test's.
        await page.goto('about:blank');
      }
      complaints.length = 0;
    }
  }
}

/** As a list of complaints does not say in a failure: all of them, so that its cause can be told. */
export function expectQuiet(complaints: readonly string[]): void {
  if (complaints.length > 0) throw new Error(`the browser complains: ${complaints.join('; ')}`);
}
