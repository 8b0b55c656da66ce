import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import {
  BOOKS,
  FakeApi,
  FakeLive,
  json,
  NEW_OVERVIEW,
  OVERVIEW,
  problem,
  STATUS,
  TEA,
} from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { chooseDialect } from '../../ui/table/dialect';

let api: FakeApi;
beforeEach(async () => {
  api = new FakeApi();
  await initLanguage('en');
});

/** The overview's figures with other net sales. */
const withSales = (value: number) =>
  OVERVIEW.figures.map((figure) => (figure.key === 'net_sales' ? { ...figure, value } : figure));

const card = (name: RegExp) => screen.findByRole('button', { name });

test('figures with their comparison, the funnel, the feed and the state of the data', async () => {
  renderApp('/');
  const sales = await card(/Net sales/);
  expect(sales.textContent).toContain('★1,250');
  expect(sales.textContent).toContain('+25%');
  expect(sales.textContent).toContain('was ★1,000');
  expect((await card(/Average order/)).textContent).toContain('—');
  const newUsers = await card(/New users/);
  expect(newUsers.textContent).toContain('was 0');
  expect(newUsers.textContent).not.toContain('%');
  const funnel = await screen.findByRole('region', { name: 'From the first tap to a sale' });
  expect(within(funnel).getByText('25%')).toBeTruthy();
  const feed = screen.getByRole('region', { name: 'Happening now' });
  expect(feed.textContent).toContain('Paid an order');
  expect(feed.textContent).toContain('Customer 17 · Да Хун Пао · Чайная лавка');
  expect(feed.textContent).toContain('12:03:58');
  expect(screen.getByText('3 events waiting to be counted')).toBeTruthy();
  await screen.findByRole('img', { name: /Line chart: Net sales/ });
});

test('a push moves the figures without another request', async () => {
  renderApp('/');
  await card(/Net sales/);
  await waitFor(() => expect(api.lives).toHaveLength(1));
  const before = api.asked('GET /api/v1/overview').length;
  act(() => api.lives[0]?.push({ ...OVERVIEW, figures: withSales(1400) }));
  await screen.findByText('★1,400');
  expect(screen.getByText('Live')).toBeTruthy();
  expect(api.asked('GET /api/v1/overview')).toHaveLength(before);
});

test('a lost stream dims the figures, says from when they are, and recovers', async () => {
  const { container } = renderApp('/');
  await card(/Net sales/);
  await screen.findByText('Live');
  const before = api.asked('GET /api/v1/overview').length;
  const again = new FakeLive();
  let comeBack = () => {};
  const isBack = new Promise<void>((resolve) => {
    comeBack = resolve;
  });
  api.on('GET /api/v1/live', () => isBack.then(() => again.response));
  act(() => api.lives[0]?.end());
  await screen.findByText('Reconnecting…');
  expect(screen.getByText('as of 12:04')).toBeTruthy();
  expect(container.querySelector('[data-stale]')).toBeTruthy();
  comeBack();
  await screen.findByText('Live');
  await waitFor(() => expect(container.querySelector('[data-stale]')).toBeNull());
  expect(api.asked('GET /api/v1/overview').length).toBeGreaterThan(before);
});

test('a hidden tab closes its stream and opens it again when it is looked at', async () => {
  renderApp('/');
  await screen.findByText('Live');
  const hide = (hidden: boolean) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  };
  act(() => hide(true));
  await screen.findByText('Paused');
  act(() => hide(false));
  await screen.findByText('Live');
  expect(api.lives).toHaveLength(2);
});

test('a new shop sees what to do, never zeros', async () => {
  api.on('GET /api/v1/overview', () => json(NEW_OVERVIEW));
  api.on('GET /api/v1/shops/1/products', () => json({ products: [{}], next_after: null }));
  renderApp('/');
  const steps = await screen.findByRole('region', { name: 'Five steps to the first figures' });
  await within(steps).findByRole('link', { name: 't.me/demo_tea_bot' });
  const states = within(steps)
    .getAllByRole('img')
    .map((icon) => icon.getAttribute('aria-label'));
  expect(states).toEqual(['Done', 'Done', 'To do', 'To do', 'To do']);
  expect(screen.queryByRole('button', { name: /Net sales/ })).toBeNull();
});

test('a shop without a bot is led to connecting one', async () => {
  api.on('GET /api/v1/shops', () => json([{ ...TEA, bots: [] }]));
  api.on('GET /api/v1/overview', () => json({ ...NEW_OVERVIEW, shops: [1] }));
  renderApp('/');
  const link = await screen.findByRole('link', { name: 'Connect a bot' });
  expect(link.getAttribute('href')).toBe('/shops/connect?shop=1');
});

test('a failure says what happened and loads on a retry', async () => {
  let broken = true;
  api.on('GET /api/v1/overview', () => (broken ? problem(503, 'store_away') : json(OVERVIEW)));
  renderApp('/');
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('The server had a failure (503)');
  broken = false;
  await userEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
  await card(/Net sales/);
  expect(screen.queryByRole('alert')).toBeNull();
});

test('shops, period, card and table live in the address', async () => {
  const { address } = renderApp('/');
  await userEvent.click(await card(/Paid orders/));
  await waitFor(() => expect(address()).toBe('/?card=paid_orders'));
  await userEvent.click(screen.getByRole('button', { name: 'Show as table' }));
  await screen.findByRole('table');
  await userEvent.click(screen.getByRole('button', { name: 'Period: Today' }));
  await userEvent.click(await screen.findByRole('radio', { name: '7 days' }));
  await userEvent.click(await screen.findByRole('button', { name: 'All shops (2)' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Only Book Nook' }));
  await waitFor(() => {
    const search = new URLSearchParams(address().split('?')[1]);
    expect(Object.fromEntries(search)).toEqual({
      card: 'paid_orders',
      table: 'true',
      period: '7d',
      shops: '2',
    });
  });
  const last = api.asked('GET /api/v1/overview').at(-1);
  expect(last?.query.toString()).toBe('shops=2&period=7d');
});

test('an address brings the same view back', async () => {
  renderApp('/?shops=1&period=7d&card=paid_orders&table=true');
  expect((await card(/Paid orders/)).getAttribute('aria-pressed')).toBe('true');
  const table = screen.getByRole('table');
  expect(within(table).getAllByRole('row')).toHaveLength(4);
  expect(api.asked('GET /api/v1/overview')[0]?.query.toString()).toBe('shops=1&period=7d');
  expect(api.asked('GET /api/v1/live')[0]?.query.toString()).toBe('shops=1&period=7d');
});

test('downloads are of exactly the chosen shops and period', async () => {
  renderApp('/?shops=1&period=7d');
  const csv = await screen.findByRole('link', { name: 'Orders, CSV' });
  expect(csv.getAttribute('href')).toBe(
    '/api/v1/exports/sales.csv?shops=1&from=2026-11-17&to=2026-11-23',
  );
  const parquet = screen.getByRole('link', { name: 'Figures by day, Parquet' });
  expect(parquet.getAttribute('href')).toBe(
    '/api/v1/exports/shop_kpi_day.parquet?shops=1&from=2026-11-17&to=2026-11-23',
  );
});

test('a file of today says as of when, one of days that are over need not', async () => {
  const note = /today's as of \d/;
  const { unmount } = renderApp('/');
  await screen.findByText(note);
  unmount();
  renderApp('/?period=yesterday');
  await screen.findByRole('link', { name: 'Figures by day, CSV' });
  await waitFor(() => expect(api.asked('GET /api/v1/status').length).toBeGreaterThan(1));
  expect(screen.queryByText(note)).toBeNull();
});

test('downloads say how many shops they are of when the list of shops failed, and obey the choice for Excel', async () => {
  chooseDialect('excel');
  api.on('GET /api/v1/shops', () => problem(503, 'postgresql_unavailable'));
  renderApp('/');
  const csv = await screen.findByRole('link', { name: 'Orders, CSV' });
  expect(csv.getAttribute('href')).toContain('separator=semicolon&decimal=comma&bom=true');
  expect(screen.getByRole('link', { name: 'Orders, Parquet' }).getAttribute('href')).not.toContain(
    'separator',
  );
  expect(screen.getByText(/^2 shops, /)).toBeTruthy();
  chooseDialect('plain');
});

test("where today differs by the shops' clocks, the files have each shop's today", async () => {
  const shops = [TEA, { ...BOOKS, timezone: 'America/New_York' }];
  api.on('GET /api/v1/shops', () => json(shops));
  api.on('GET /api/v1/overview', () =>
    json({ ...OVERVIEW, timezone: null, as_of: '2026-11-23T22:30:00Z' }),
  );
  renderApp('/');
  const csv = await screen.findByRole('link', { name: 'Orders, CSV' });
  await waitFor(() =>
    expect(csv.getAttribute('href')).toBe(
      '/api/v1/exports/sales.csv?from=2026-11-23&to=2026-11-24',
    ),
  );
});

test('leaving ends the session and takes the figures off the screen', async () => {
  let inside = true;
  api.on('GET /api/v1/me', () =>
    inside ? json({ role: 'viewer', label: '', shop_ids: [1] }) : problem(401, 'session_missing'),
  );
  api.on('POST /api/v1/leave', () => {
    inside = false;
    return new Response(null, { status: 204 });
  });
  renderApp('/');
  await card(/Net sales/);
  await userEvent.click(screen.getByRole('button', { name: 'Leave the panel' }));
  await screen.findByRole('heading', { name: 'The panel opens by a link' });
  expect(screen.queryByText('★1,250')).toBeNull();
});

test('a change beyond all measure is said in times, not in millions of per cent', async () => {
  api.on('GET /api/v1/overview', () => json({ ...OVERVIEW, figures: withSales(102_879_590) }));
  renderApp('/');
  const sales = await card(/Net sales/);
  expect(sales.textContent).toContain('1,000 times as much');
  expect(sales.textContent).not.toContain('%');
});

test('events without a visitor are no visit: a new shop shows steps, no zeros', async () => {
  const zeros = OVERVIEW.figures.map((figure) => ({ ...figure, value: 0, previous: 0 }));
  const funnel = [{ step: 'started' as const, users: 0 }];
  api.on('GET /api/v1/overview', () => json({ ...OVERVIEW, figures: zeros, funnel }));
  renderApp('/');
  const steps = await screen.findByRole('region', { name: 'Five steps to the first figures' });
  const states = within(steps)
    .getAllByRole('img')
    .map((icon) => icon.getAttribute('aria-label'));
  expect(states).toEqual(['Done', 'To do', 'To do', 'To do', 'To do']);
  expect(screen.queryByRole('button', { name: /Net sales/ })).toBeNull();
});

test('figures that are away are said in words, and the panel works on', async () => {
  renderApp('/');
  await card(/Net sales/);
  await waitFor(() => expect(api.lives).toHaveLength(1));
  const words = { en: 'No figures now. Orders work.', ru: 'Показателей нет. Заказы работают.' };
  const parts = [{ part: 'figures', state: 'away', as_of: null, explained: words }];
  api.on('GET /api/v1/status', () => json({ ...STATUS, degraded: true, parts }));
  act(() => api.lives[0]?.send('event: degraded\ndata: {}\n\n'));
  await screen.findByText('Figures are away');
  await screen.findByText(words.en);
  // What was known stays; the best products may say the same sum.
  expect((await card(/Net sales/)).textContent).toContain('★1,250');
  api.on('GET /api/v1/status', () => json(STATUS));
  act(() => api.lives[0]?.push({ ...OVERVIEW, figures: withSales(1400) }));
  await screen.findByText('★1,400');
  await screen.findByText('Live');
  await waitFor(() => expect(screen.queryByText(words.en)).toBeNull());
});

test('where no stream gets through, the figures are asked for again and again', async () => {
  api.on('GET /api/v1/live', () => problem(502, 'proxy'));
  api.on('GET /api/v1/live/bots', () => problem(502, 'proxy'));
  let sales = 1400;
  api.on('GET /api/v1/live/overview', () => {
    sales += 1;
    return json({ ...OVERVIEW, figures: withSales(sales) });
  });
  renderApp('/');
  await card(/Net sales/);
  await screen.findByText('Updated every 5 seconds', undefined, { timeout: 30_000 });
  await waitFor(() => expect(screen.queryByText(/No connection to the server/)).toBeNull());
  const shops = api.asked('GET /api/v1/shops').length;
  await waitFor(
    () => {
      expect(api.asked('GET /api/v1/live/overview').length).toBeGreaterThan(1);
      expect(api.asked('GET /api/v1/shops').length).toBeGreaterThan(shops);
    },
    { timeout: 30_000 },
  );
  await screen.findByText(/★1,4\d\d/);
}, 90_000);

test('one visit is the owner looking at the bot: the link is still to be shared', async () => {
  const zeros = OVERVIEW.figures.map((figure) => ({ ...figure, value: 0, previous: 0 }));
  const funnel = [{ step: 'started' as const, users: 1 }];
  api.on('GET /api/v1/overview', () => json({ ...OVERVIEW, figures: zeros, funnel }));
  renderApp('/');
  const steps = await screen.findByRole('region', { name: 'Five steps to the first figures' });
  const states = within(steps)
    .getAllByRole('img')
    .map((icon) => icon.getAttribute('aria-label'));
  expect(states).toEqual(['Done', 'To do', 'Done', 'To do', 'To do']);
  const add = within(steps).getByRole('link', { name: 'Add a product' });
  expect(add.getAttribute('href')).toBe('/catalogue?shop=1&product=new');
});

test('each line of the feed leads to its order, or to who did it', async () => {
  const [sale] = OVERVIEW.feed;
  const start = { ...sale, event: 'bot_started', order_id: null, amount_minor: 0, buyer_no: 9 };
  const other = { ...start, bot_id: 0, buyer_no: 0 };
  api.on('GET /api/v1/overview', () => json({ ...OVERVIEW, feed: [sale, start, other] }));
  renderApp('/');
  const feed = await screen.findByRole('list', { name: 'Happening now' });
  const places = within(feed)
    .getAllByRole('link')
    .map((link) => link.getAttribute('href'));
  expect(places).toEqual(['/orders?bot=7000000001&order=41', '/customers?shop=1&buyer=9']);
});

test('the chart stands against the period before, point by point, in its table too', async () => {
  renderApp('/?table=true');
  const table = await screen.findByRole('table');
  await within(table).findByRole('columnheader', { name: 'Before' });
  const rows = within(table).getAllByRole('row').slice(1);
  expect(rows.map((row) => row.lastElementChild?.textContent)).toEqual(['★200', '★500', '★300']);
});

test('of several shops, what sold best leads nowhere: nobody knows whose it is', async () => {
  renderApp('/?period=7d');
  const products = await screen.findByRole('region', { name: 'Top products' });
  expect(await within(products).findByText('Шу пуэр')).toBeTruthy();
  expect(within(products).queryByRole('link')).toBeNull();
});

test('what sold best leads to its product and to who came by the link', async () => {
  renderApp('/?shops=1&period=7d');
  const products = await screen.findByRole('region', { name: 'Top products' });
  const product = await within(products).findByRole('link', { name: 'Шу пуэр' });
  expect(product.getAttribute('href')).toContain('/catalogue?');
  expect(product.getAttribute('href')).toContain('shop=1&product=5');
  const links = screen.getByRole('region', { name: 'Top links' });
  expect((await within(links).findByRole('link')).getAttribute('href')).toContain('/customers?');
  const asked = api.asked('GET /api/v1/metrics/query').map(({ query }) => query);
  const days = asked.map((query) => [query.get('breakdown'), query.get('from'), query.get('to')]);
  expect(days).toContainEqual(['product', '2026-11-17', '2026-11-23']);
  expect(days).toContainEqual(['source', '2026-11-17', '2026-11-23']);
});

test('no button leads to a screen that is the owner’s', async () => {
  const alert = { shop_id: 1, bot_id: 7000000001, at: '2026-11-23T09:00:00Z', count: 1 };
  api.on('GET /api/v1/me', () => json({ role: 'viewer', label: '', shop_ids: [1] }));
  api.on('GET /api/v1/attention', () =>
    json([
      { ...alert, kind: 'access_alert', reason: 'new_place', alert_id: 3 },
      { ...alert, kind: 'fraud_held', reason: 'promo' },
      { ...alert, shop_id: 2, kind: 'fraud_held', reason: 'promo' }, // not of what is looked at
    ]),
  );
  api.on('GET /api/v1/overview', () => json({ ...OVERVIEW, shops: [1] }));
  renderApp('/');
  const needs = within(await screen.findByRole('region', { name: 'Needs you' }));
  const ways = await needs.findAllByRole('link');
  expect(ways.map((way) => way.getAttribute('href'))).toEqual(['/fraud?shop=1']);
});

test('what needs the owner, and what sells, stand above the funnel', async () => {
  api.on('GET /api/v1/attention', () =>
    json([
      { kind: 'contact_missing', at: OVERVIEW.as_of, shop_id: 1, bot_id: 7000000001, reason: '' },
    ]),
  );
  renderApp('/');
  await screen.findByRole('heading', { name: 'From the first tap to a sale' });
  await screen.findByRole('heading', { name: 'Needs you' });
  const names = screen.getAllByRole('heading', { level: 2 }).map((each) => each.textContent);
  const places = ['Needs you', 'Top products', 'Top links', 'From the first tap to a sale'].map(
    (name) => names.indexOf(name),
  );
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});
