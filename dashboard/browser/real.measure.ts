import { expect, test } from 'vitest';
import { DESK, launch, openPage, PHONE, settled } from './chromium';
import { VISITS } from './screens';

/** The secret link of a running `vitrina up`, as `vitrina link create` prints it. */
const LINK = process.env.VITRINA_LINK;

/** Every screen on the data of a running system: nothing fails, nothing reaches beyond the window. */
test.skipIf(!LINK)(
  'all screens on real data',
  async () => {
    const browser = await launch();
    const wrong: string[] = [];
    let count = 0;
    for (const viewport of [PHONE, DESK]) {
      const { page, complaints } = await openPage(browser, { viewport });
      const failed: string[] = [];
      page.on('response', (response) => {
        if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
      });
      await page.goto(LINK ?? '');
      await page.locator('main button').first().click();
      await page.getByRole('navigation').locator('visible=true').first().waitFor();
      failed.length = 0;
      complaints.length = 0;
      for (const { name, path } of VISITS) {
        if (path === '/enter' || path === '/app') continue;
        await page.goto(new URL(path, LINK).href);
        await settled(page);
        await page.waitForLoadState('load');
        // A notice says what is to be done; a failure offers to try again.
        const failures = page.locator('main [role="alert"]').filter({ hasText: 'Try again' });
        const alerts = await failures.allTextContents();
        const beyond = await page.evaluate(
          () => document.documentElement.scrollWidth - window.innerWidth,
        );
        const rows = await page.locator('main').innerText();
        count += 1;
        console.log(
          `${viewport.width} ${name}: ${rows.length} letters, ${beyond > 0 ? `${beyond} px beyond` : 'within'}`,
        );
        wrong.push(...alerts.map((alert) => `${name} ${viewport.width}: ${alert}`));
        if (beyond > 0) wrong.push(`${name} ${viewport.width}: ${beyond} px beyond the window`);
        wrong.push(...failed.splice(0).map((each) => `${name}: ${each}`));
        wrong.push(...complaints.splice(0).map((each) => `${name}: ${each}`));
      }
      await page.context().close();
    }
    await browser.close();
    expect(count).toBeGreaterThan(60);
    expect(wrong).toEqual([]);
  },
  600_000,
);
