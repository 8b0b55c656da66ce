import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { ANSWERS } from '../src/testing/samples';
import { PHONE, settled } from './chromium';
import { stage } from './stage';

const on = stage();
beforeEach(() => {
  on.server.answers = ANSWERS;
});

/** Code and texts by the beginnings of their files' names. */
const named = (...names: string[]) => new RegExp(`/assets/(${names.join('|')})-[^/]+\\.js$`);
const visit = async () => (await on.page({ viewport: PHONE, hasTouch: true })).page;

/** Of a page that is kept for the other tests of the file. */
async function without<T>(page: Page, files: RegExp, act: () => Promise<T>): Promise<T> {
  await page.route(files, (route) => route.abort());
  try {
    return await act();
  } finally {
    await page.unroute(files);
  }
}

test('the frame and the heading stand before the code, and once when it is there', async () => {
  const page = await visit();
  let letThrough = () => {};
  const held = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  const main = named('index', 'main');
  await page.route(main, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`${on.origin}/orders`, { waitUntil: 'commit' });
  await page.locator('first-paint header').waitFor();
  expect(await page.locator('first-paint h1').allTextContents()).toEqual(['Orders']);
  expect(await page.locator('#root > *').count()).toBe(0);
  letThrough();
  await page.locator('#root h1').waitFor();
  await page.unroute(main);
  expect(await page.locator('first-paint').count()).toBe(0);
  expect(await page.locator('h1').count()).toBe(1);
});

test.each([
  ['the code', named('index', 'main')],
  ['the texts', named('en')],
])('without %s both languages say what to do', async (_, files) => {
  const page = await visit();
  for (const address of ['/', '/enter']) {
    await without(page, files, async () => {
      await page.goto(on.origin + address);
      const told = page.getByRole('alert');
      await told.waitFor();
      expect(await told.textContent()).toMatch(/Проверьте сеть.*Check the network/);
    });
  }
  await page.getByRole('button', { name: 'Reload' }).click();
  await page.locator('#root main').waitFor();
  expect(await page.locator('first-paint').count()).toBe(0);
});

test('late parts that do not come take nothing with them, and come by another try', async () => {
  const page = await visit();
  await without(page, named('MenuSheet', 'ViewBar'), async () => {
    await page.goto(on.origin);
    await settled(page);
    await page.getByRole('button', { name: /^This did not load/ }).waitFor();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('alert').filter({ hasText: 'No connection' }).waitFor();
    expect(await page.locator('h1').count()).toBe(1);
  });
  await page.getByRole('button', { name: 'Try again', exact: true }).click();
  await page.getByRole('dialog', { name: 'All screens' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^This did not load/ }).click();
  await page.getByRole('button', { name: /shops/i }).first().waitFor();
});
