import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { DICTIONARY } from '../dictionary/samples';
import { daysOfCohorts, levelOf } from './queries';
import { COHORTS } from './samples';

const ROUTE = '/api/v1/shops/1/cohorts';
let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on(`GET ${ROUTE}`, () => json(COHORTS));
  api.on('GET /api/v1/dictionary', () => json(DICTIONARY));
});

test('cohorts stand below one another, what has not come yet is empty and not zero', async () => {
  renderApp('/retention');
  const table = await screen.findByRole('region', { name: /: table$/ });
  const rows = within(table).getAllByRole('row');
  expect(rows[1]?.textContent).toContain('All together7050%35');
  expect(rows[2]?.textContent).toMatch(/^16\s*–\s*22 Nov 20261040%4/);
  expect(within(rows[2] as HTMLElement).getAllByLabelText('not reached yet')).toHaveLength(2);
  expect(rows[4]?.textContent).toContain('50%2025%1012.5%5');
  await userEvent.click(screen.getByText('Formulas and freshness'));
  expect(await screen.findByText(/active on day c \+ N/)).toBeTruthy();
  const link = screen.getByRole('link', { name: 'Open the rows' });
  expect(link.getAttribute('href')).toContain('table=cohort_day');
});

test('what is chosen is asked for and stands in the address', async () => {
  const app = renderApp('/retention');
  await screen.findByText('All together');
  await userEvent.selectOptions(screen.getByLabelText('What is shown'), 'ltv');
  expect(await screen.findAllByText('★50')).toHaveLength(2);
  await userEvent.selectOptions(screen.getByLabelText('Cohorts by'), 'month');
  await userEvent.click(screen.getByRole('switch', { name: 'Without fraud' }));
  await waitFor(() => expect(api.asked(`GET ${ROUTE}`).at(-1)?.query.get('variant')).toBe('clean'));
  expect(api.asked(`GET ${ROUTE}`).at(-1)?.query.get('grain')).toBe('month');
  expect(app.address()).toContain('?measure=ltv&grain=month&clean=true');
});

test('a shop without a whole cohort says when there will be one', async () => {
  api.on(`GET ${ROUTE}`, () => json({ ...COHORTS, cohorts: [], together: [] }));
  renderApp('/retention?grain=nonsense&count=7');
  expect(await screen.findByText('No cohort is over yet')).toBeTruthy();
});

test('days are as many as the cohorts need, up to yesterday by the shop’s clock', () => {
  const now = new Date('2026-11-23T22:30:00Z');
  expect(daysOfCohorts(8, 'day', 'Europe/Moscow', now)).toEqual({
    from: '2026-11-16',
    to: '2026-11-23',
  });
  expect(daysOfCohorts(2, 'week', 'UTC', now)).toEqual({ from: '2026-11-08', to: '2026-11-22' });
});

test('colours go from nothing to the largest', () => {
  expect([null, 0, 0.01, 0.5, 1].map((value) => levelOf(value, 1))).toEqual([0, 0, 1, 3, 5]);
  expect(levelOf(0.3, 0)).toBe(0);
});
