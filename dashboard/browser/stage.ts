import type { Browser, BrowserContextOptions, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { KeptPages, launch } from './chromium';
import { FakeServer } from './fakeServer';

/** A server and a browser for the tests of a file; both are there once its tests begin. */
export type Stage = {
  readonly server: FakeServer;
  readonly origin: string;
  readonly browser: Browser;
  /** A page as if it were new, of those kept for the file, and what its browser complains of. */
  page(options: BrowserContextOptions): Promise<{ page: Page; complaints: string[] }>;
  /** The debugger's own way to a page, which lasts as long as the page: what it sets ends with it. */
  session(page: Page): Promise<CDPSession>;
};

/** Sets them up, and ends them with the file. */
export function stage(): Stage {
  const server = new FakeServer();
  let origin: string;
  let browser: Browser;
  const pages = new KeptPages();
  const sessions = new WeakMap<Page, Promise<CDPSession>>();
  beforeAll(async () => {
    origin = await server.start();
    browser = await launch();
  });
  afterEach(({ task }) => pages.clear(task.result?.state === 'fail'));
  afterAll(async () => {
    await browser.close();
    server.stop();
  });
  return {
    server,
    get origin() {
      return origin;
    },
    get browser() {
      return browser;
    },
    page: (options) => pages.get(browser, options),
    session(page) {
      const found = sessions.get(page) ?? page.context().newCDPSession(page);
      sessions.set(page, found);
      return found;
    },
  };
}
