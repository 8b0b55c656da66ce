import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launch } from './chromium';
import { FakeServer } from './fakeServer';

/** A server and a browser for the tests of a file; both are there once its tests begin. */
export type Stage = {
  readonly server: FakeServer;
  readonly origin: string;
  readonly browser: Browser;
};

/** Sets them up, and ends them with the file. */
export function stage(): Stage {
  const server = new FakeServer();
  let origin: string;
  let browser: Browser;
  beforeAll(async () => {
    origin = await server.start();
    browser = await launch();
  });
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
  };
}
