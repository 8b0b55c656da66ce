import type { CDPSession, Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { VIEW } from '../src/modules/orders/samples';
import { PUER } from '../src/screens/catalogue/samples';
import { SHOPPER } from '../src/screens/fraud/samples';
import { TEA } from '../src/testing/samples';
import { DESK, settled } from './chromium';
import type { Answers } from './fakeServer';
import { VISITS } from './screens';
import { stage } from './stage';

/** As many as a patient person presses; a trap would never let go. */
const MOST_TABS = 150;

const on = stage();
const { server } = on;

type Focus = { role: string; name: string };

/** A person without a mouse: what has the focus is what the accessibility tree says of it. */
class Keyboard {
  private constructor(
    readonly page: Page,
    private readonly session: CDPSession,
  ) {}

  static async at(address: string, name: string, answers: Answers = {}): Promise<Keyboard> {
    server.answers = { ...VISITS.find((visit) => visit.name === name)?.answers, ...answers };
    const { page } = await on.page({ viewport: DESK });
    const session = await page.context().newCDPSession(page);
    // Else the whole tree is built anew for each question.
    await session.send('Accessibility.enable');
    await page.goto(on.origin + address);
    await settled(page);
    return new Keyboard(page, session);
  }

  async focus(): Promise<Focus> {
    const { result } = await this.session.send('Runtime.evaluate', {
      expression: 'document.activeElement',
    });
    const { nodes } = await this.session.send('Accessibility.getPartialAXTree', {
      objectId: result.objectId ?? '',
      fetchRelatives: false,
    });
    return { role: String(nodes[0]?.role?.value), name: String(nodes[0]?.name?.value ?? '') };
  }

  press(...keys: string[]): Promise<void> {
    return keys.reduce(
      (before, key) => before.then(() => this.page.keyboard.press(key)),
      Promise.resolve(),
    );
  }

  /** What has the focus, which has a name as soon as the accessibility tree is drawn anew. */
  private named(before: string | undefined): Promise<Focus> {
    return vi.waitFor(
      async () => {
        const focus = await this.focus();
        if (focus.role === 'RootWebArea') return focus;
        expect(focus.name, `the name of a ${focus.role} after ${before}`).not.toBe('');
        return focus;
      },
      { timeout: 10_000 },
    );
  }

  /** By Tab alone, to what is called so; on the way everything has a name and shows its focus. */
  async to(role: string, name: RegExp): Promise<void> {
    const passed: string[] = [];
    let focus = await this.focus();
    for (let count = 0; count < MOST_TABS; count += 1) {
      if (focus.role === role && name.test(focus.name)) return;
      await this.press('Tab');
      focus = await this.named(passed.at(-1));
      passed.push(`${focus.role} "${focus.name}"`);
      if (focus.role === 'RootWebArea') continue;
      // A panel that slides in shows it once it is there.
      await vi.waitFor(
        async () =>
          expect(await this.page.evaluate(isFocusShown), `focus on ${passed.at(-1)}`).toBe(true),
        { timeout: 60_000 },
      );
    }
    throw new Error(`no ${role} ${name} by Tab: ${passed.join(', ')}`);
  }

  /** Presses the key, and returns what is sent to be changed by it. */
  async send(route: RegExp, key = 'Enter'): Promise<unknown> {
    const before = server.sent.length;
    await this.press(key);
    return vi.waitFor(
      () => {
        const found = server.sent.slice(before).find((each) => route.test(each.route));
        if (!found) throw new Error(`nothing was sent to ${route}`);
        return found.body;
      },
      { timeout: 60_000 },
    );
  }
}

/** Whether what has the focus, or what is drawn in its place, is ringed; a text field has its caret. */
function isFocusShown(): boolean {
  const element = document.activeElement as HTMLElement;
  const isText = element.matches('textarea, input:not([type=checkbox], [type=radio], [type=file])');
  const drawn = [element, element.parentElement, element.nextElementSibling];
  const box = element.getBoundingClientRect();
  const isSeen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const isRinged = drawn.some((each) => {
    const { outlineStyle, outlineWidth, boxShadow } = each ? getComputedStyle(each) : element.style;
    return (
      (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) || boxShadow.includes('px')
    );
  });
  return isSeen && (isText || isRinged);
}

test('a bot is connected', async () => {
  const keys = await Keyboard.at('/shops/connect', 'connect');
  await keys.to('textbox', /token/i);
  await keys.page.keyboard.type('123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc');
  await keys.to('radio', /./);
  // Arrows go round the choices of a group.
  await keys.press('ArrowUp');
  expect((await keys.focus()).role).toBe('radio');
  await keys.to('textbox', /^Name of the shop/);
  await keys.press('Control+a', 'Delete');
  await keys.to('button', /^Connect/);
  await keys.press('Enter');
  // A new shop without a name: that field is asked for, and has the focus.
  await keys.page.waitForFunction(() =>
    document.activeElement?.matches('input[aria-invalid="true"]'),
  );
  await keys.page.keyboard.type('Tea');
  const shop = await keys.send(/POST .*\/shops$/);
  expect(shop).toMatchObject({ name: 'Tea' });
});

test('from the bot that runs to the first sale: a product and the chat', async () => {
  const [bot] = TEA.bots;
  const keys = await Keyboard.at(`/shops/connect?shop=1&bot=${bot?.id}`, 'catalogue', {
    'GET /api/v1/access/owner-chats': [],
    'POST /api/v1/access/owner-chats/codes': { code: 'q2', expires_at: '2026-11-23T09:34:00Z' },
    'POST /api/v1/shops/1/products': PUER,
  });
  await keys.to('link', /^Add a product$/);
  await keys.press('Enter');
  await keys.page.getByRole('dialog', { name: 'New product' }).waitFor();
  await keys.to('textbox', /^Title/);
  await keys.page.keyboard.type('Пуэр');
  await keys.to('textbox', /^Price/);
  await keys.page.keyboard.type('50');
  await keys.to('button', /^Add the product$/);
  expect(await keys.send(/POST .*\/products$/)).toMatchObject({ title: 'Пуэр', price_minor: 50 });
  await keys.to('link', /^On to the first sale$/);
  await keys.press('Enter');
  await keys.page.getByRole('heading', { name: 'To the first sale' }).waitFor();
  await keys.to('button', /^Make a one-time code$/);
  await keys.send(/POST .*\/codes$/);
  await keys.to('link', /^Open the chat/);
});

test('the overview: another figure in the chart, without a way through the menu', async () => {
  const keys = await Keyboard.at('/', 'overview');
  // A screen begins with its heading: the menu is behind one's back, not in the way.
  expect((await keys.focus()).role).not.toBe('link');
  await keys.to('button', /Paid orders/);
  await keys.press('Enter');
  await keys.page.waitForFunction(() => location.search !== '');
});

test('an order is moved on, and a part of its money goes back', async () => {
  const order = 'POST /api/v1/bots/7000000001/modules/orders/orders/41';
  const keys = await Keyboard.at('/orders', 'orders', {
    [`${order}/stage`]: VIEW,
    [`${order}/refunds`]: VIEW,
  });
  await keys.to('row', /7/);
  await keys.press('Enter');
  await keys.page.getByRole('dialog').waitFor();
  await keys.to('button', /^Being prepared$/);
  expect(await keys.send(/POST .*\/orders\/41\/stage$/)).toEqual({ stage: 'processing' });
  await keys.to('button', /^Refund of/);
  await keys.press('Enter');
  await keys.to('textbox', /^Amount/);
  await keys.press('Control+a');
  await keys.page.keyboard.type('90.50');
  await keys.to('button', /^Refund$/);
  expect(await keys.send(/POST .*\/orders\/41\/refunds$/)).toMatchObject({
    amount_minor: 9_050,
  });
  await keys.page.getByRole('dialog', { name: /^Refund for/ }).waitFor({ state: 'hidden' });
  await keys.press('Escape');
  await keys.page.getByRole('dialog').waitFor({ state: 'hidden' });
  expect((await keys.focus()).role).toBe('row');
});

test('a shopper is reviewed by Tab and by letters, and the review is taken back', async () => {
  const decisions = '/api/v1/shops/1/fraud/shoppers/17/decisions';
  const keys = await Keyboard.at('/fraud', 'fraud', {
    [`POST ${decisions}`]: SHOPPER,
    [`DELETE ${decisions}/4`]: SHOPPER,
  });
  await keys.press('j');
  await keys.page.getByRole('dialog').waitFor();
  await keys.to('button', /^Not fraud/);
  expect(await keys.send(/POST .*\/decisions$/)).toMatchObject({ decision: 'false_positive' });
  await keys.send(/DELETE .*\/decisions\/4$/, 'z');
});
