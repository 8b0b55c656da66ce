import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { DESK, openPage, PHONE, settled, typeInto } from './chromium';
import { VISITS } from './screens';
import { stage } from './stage';

const FOLDER = path.resolve(import.meta.dirname, '../../docs/screens');
/** Below it the dark surfaces fall apart into squares. */
const QUALITY = 82;
/** A moment after what the samples tell, so that they are as fresh as they say. */
const NOW = new Date('2026-11-23T09:04:03Z');

const on = stage();
const { server } = on;
beforeAll(() => {
  fs.rmSync(FOLDER, { recursive: true, force: true });
  fs.mkdirSync(FOLDER, { recursive: true });
});

const LANGUAGES = ['ru', 'en'] as const;
const SCHEMES = ['light', 'dark'] as const;

test.each(VISITS)('pictures of $name', async ({ name, address, pictures, typed, hasView }) => {
  for (const language of LANGUAGES) {
    server.answers = pictures[language];
    const locale = language === 'ru' ? 'ru-RU' : 'en-GB';
    const { page } = await openPage(on.browser, { viewport: PHONE, locale });
    await page.clock.setFixedTime(NOW);
    // Webp is what the protocol makes and Playwright's own screenshot does not.
    const session = await page.context().newCDPSession(page);
    for (const viewport of [PHONE, DESK]) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      // Anew for each width: what a screen draws by its width is drawn as it comes.
      await page.goto(on.origin + address);
      await settled(page);
      await typeInto(page, typed);
      if (hasView) await page.locator('header [aria-haspopup="dialog"]').first().waitFor();
      // A chart is drawn in a canvas once its code is there.
      await page.waitForFunction(() => !document.querySelector('main .mantine-Skeleton-root'));
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.evaluate(painted);
        const { data } = await session.send('Page.captureScreenshot', {
          format: 'webp',
          quality: QUALITY,
        });
        const file = `${name}-${viewport.width}-${colorScheme}-${language}.webp`;
        const bytes = Buffer.from(data, 'base64');
        fs.writeFileSync(path.join(FOLDER, file), bytes);
        expect(bytes.length).toBeGreaterThan(2000);
      }
    }
    await page.context().close();
  }
});

/** Until what has changed is on the screen: colours fade, a chart draws itself in the frame after. */
const painted = async () => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await frame();
  const fades = () => document.getAnimations().filter((each) => each instanceof CSSTransition);
  while (fades().some(({ playState }) => playState === 'running')) await frame();
  await frame();
  await frame();
};
