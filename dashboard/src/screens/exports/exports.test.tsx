import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { chooseDialect } from '../../ui/table/dialect';
import samples, { DONE, JOB } from './samples';

const JOBS = '/api/v1/exports/jobs';
const SCHEDULES = '/api/v1/exports/schedules';
let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  chooseDialect('plain');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
});

const addressOf = async () =>
  (await screen.findByRole('link', { name: 'Download now' })).getAttribute('href');

test('a file at once is of what is chosen, and a Russian Excel is remembered', async () => {
  renderApp('/exports?table=orders&first=2026-11-01&last=2026-11-04&shops=1');
  expect(await addressOf()).toBe(
    '/api/v1/exports/orders.csv?shops=1&from=2026-11-01&to=2026-11-04',
  );
  await userEvent.click(screen.getByRole('switch', { name: /Russian Excel/ }));
  expect(await addressOf()).toContain('separator=semicolon&decimal=comma&bom=true&headings=en');
  expect(localStorage.getItem('vitrina.csv')).toBe('excel');
  await userEvent.selectOptions(screen.getByLabelText('Format'), 'parquet');
  expect(await addressOf()).toBe(
    '/api/v1/exports/orders.parquet?shops=1&from=2026-11-01&to=2026-11-04',
  );
  expect(screen.getByText(/· of people/)).toBeTruthy();
  expect(screen.getByText('2,400 rows now.')).toBeTruthy();
  await userEvent.selectOptions(screen.getByLabelText('Format'), 'csv');
  await userEvent.click(screen.getByText('Columns in the file: 2'));
  await userEvent.click(screen.getByRole('checkbox', { name: /buyer_name/ }));
  expect(await addressOf()).toContain('columns=order_no');
  // A file without columns is none.
  expect(screen.getByRole('checkbox', { name: /order_no/ })).toHaveProperty('disabled', true);
  await userEvent.click(screen.getByRole('button', { name: 'All columns' }));
  expect(await addressOf()).not.toContain('columns');
  expect(
    screen.getByText('2,400 rows now. About 128 kB, by earlier exports of this table.'),
  ).toBeTruthy();
});

test('what is large is ordered, followed, and cancelled', async () => {
  api.on(`POST ${JOBS}`, () => json(JOB, 201));
  api.on(`DELETE ${JOBS}/${JOB.id}`, () => new Response(null, { status: 204 }));
  renderApp('/exports?first=2026-11-01&last=2026-11-04');
  await userEvent.click(await screen.findByRole('button', { name: 'Prepare in the background' }));
  await waitFor(() => expect(api.asked(`POST ${JOBS}`)).toHaveLength(1));
  expect(api.asked(`POST ${JOBS}`)[0]?.body).toMatchObject({
    table: 'orders',
    from: '2026-11-01',
    to: '2026-11-04',
  });
  expect(await screen.findByLabelText('25% written')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Cancel: Orders' }));
  await waitFor(() => expect(api.asked(`DELETE ${JOBS}/${JOB.id}`)).toHaveLength(1));
});

test('a table without days is whole, and a refusal is told', async () => {
  api.on(`POST ${JOBS}`, () => problem(429, 'export_quota_exceeded', 'too many today'));
  renderApp('/exports?table=products');
  expect(await addressOf()).toBe('/api/v1/exports/products.csv?');
  expect(screen.getByText(/no days: it is exported whole/)).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Prepare in the background' }));
  expect(await screen.findByText(/too many today/)).toBeTruthy();
  expect(api.asked(`POST ${JOBS}`)[0]?.body).not.toHaveProperty('from');
});

test('a file that may not be had now says why, and one that may is taken', async () => {
  const taken = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockReturnValue();
  const file = '/api/v1/exports/products.csv';
  api.on(`HEAD ${file}`, () => new Response(null, { status: 403 }));
  api.on(`GET ${file}`, () => problem(403, 'confirmation_needed', 'ask the owner'));
  renderApp('/exports?table=products');
  const link = await screen.findByRole('link', { name: /^Download/ });
  await userEvent.click(link);
  expect(await screen.findByText(/Confirm this by the button/)).toBeTruthy();
  expect(taken).not.toHaveBeenCalled();
  api.on(`HEAD ${file}`, () => new Response(null, { status: 200 }));
  await userEvent.click(link);
  await waitFor(() => expect(taken).toHaveBeenCalledOnce());
  expect(screen.queryByText(/Confirm this by the button/)).toBeNull();
  expect(api.asked(`GET ${file}`)).toHaveLength(1);
  taken.mockRestore();
});

test('the files of a finished export are taken one by one', async () => {
  renderApp(`/exports?job=${DONE.id}`);
  const panel = await screen.findByRole('dialog', { name: 'Files' });
  const link = await within(panel).findByRole('link', { name: /Download: 1 Nov 2026/ });
  expect(link.getAttribute('href')).toBe(`${JOBS}/${DONE.id}/files/1`);
  expect(within(panel).queryByRole('link', { name: /2 Nov/ })).toBeNull();
});

test('a table is sent every week to a chat, or to a bucket with its keys', async () => {
  api.on(`POST ${SCHEDULES}`, () => problem(403, 'confirmation_needed'));
  renderApp('/exports');
  await userEvent.click(await screen.findByRole('button', { name: 'Send regularly' }));
  const dialog = await screen.findByRole('dialog', { name: 'Send regularly' });
  const begin = within(dialog).getByRole('button', { name: 'Begin to send' });
  await waitFor(() => expect(begin).toHaveProperty('disabled', false));
  await userEvent.click(begin);
  await waitFor(() => expect(api.asked(`POST ${SCHEDULES}`)).toHaveLength(1));
  expect(api.asked(`POST ${SCHEDULES}`)[0]?.body).toMatchObject({
    table: 'orders',
    every: 'week',
    weekday: 1,
    hour: 9,
    chat: { bot_id: 7000000001, telegram_id: 42 },
  });
  expect(await within(dialog).findByText(/Confirm this by the button/)).toBeTruthy();
  await userEvent.click(within(dialog).getByRole('radio', { name: 'Bucket (S3)' }));
  expect(begin).toHaveProperty('disabled', true);
});

test('who is no owner has no schedules', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'analyst', label: '', shop_ids: [1] }));
  renderApp('/exports');
  expect(await screen.findByText('Prepared exports')).toBeTruthy();
  expect(screen.queryByText('By themselves')).toBeNull();
  expect(api.asked(`GET ${SCHEDULES}`)).toHaveLength(0);
});

test('a day moved past the other end takes that along', async () => {
  renderApp('/exports?table=orders&first=2026-11-01&last=2026-11-04&shops=1');
  fireEvent.change(await screen.findByLabelText('From'), { target: { value: '2026-11-10' } });
  await waitFor(async () => expect(await addressOf()).toContain('from=2026-11-10&to=2026-11-10'));
  fireEvent.change(screen.getByLabelText('To'), { target: { value: '2026-11-02' } });
  await waitFor(async () => expect(await addressOf()).toContain('from=2026-11-02&to=2026-11-02'));
});

test.each([
  ['export_too_large', 'Too large. Choose fewer days or columns.'],
  ['something_new', 'It could not be made (something_new). Order it once more.'],
])('an export that failed of %s says why in words', async (error, words) => {
  api.on(`GET ${JOBS}`, () => json([{ ...JOB, state: 'failed', error }]));
  renderApp('/exports');
  expect(await screen.findByText(words)).toBeTruthy();
});
