import fs from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESK, launch, openPage, PHONE, settled } from './chromium';
import { FakeServer } from './fakeServer';
import { VISITS } from './screens';

const FOLDER = path.resolve(import.meta.dirname, '../../docs/screens');
const QUALITY = 72;

const server = new FakeServer();
let origin: string;
let browser: Browser;
beforeAll(async () => {
  origin = await server.start();
  browser = await launch();
  fs.rmSync(FOLDER, { recursive: true, force: true });
  fs.mkdirSync(FOLDER, { recursive: true });
});
afterAll(async () => {
  await browser.close();
  server.stop();
});

const LOOKS = [PHONE, DESK].flatMap((viewport) =>
  (['light', 'dark'] as const).flatMap((colorScheme) =>
    (['ru', 'en'] as const).map((language) => ({ viewport, colorScheme, language })),
  ),
);

test.each(VISITS)('pictures of $name', async ({ name, address, answers }) => {
  server.answers = answers;
  for (const { viewport, colorScheme, language } of LOOKS) {
    const locale = language === 'ru' ? 'ru-RU' : 'en-GB';
    const { page } = await openPage(browser, { viewport, colorScheme, locale });
    await page.goto(origin + address);
    await settled(page);
    // A chart is drawn in a canvas once its code is there.
    await page.waitForFunction(() => !document.querySelector('main .mantine-Skeleton-root'));
    // Webp is what the protocol makes and Playwright's own screenshot does not.
    const session = await page.context().newCDPSession(page);
    const { data } = await session.send('Page.captureScreenshot', {
      format: 'webp',
      quality: QUALITY,
    });
    const file = `${name}-${viewport.width}-${colorScheme}-${language}.webp`;
    const bytes = Buffer.from(data, 'base64');
    fs.writeFileSync(path.join(FOLDER, file), bytes);
    expect(bytes.length).toBeGreaterThan(2000);
    await page.context().close();
  }
});
