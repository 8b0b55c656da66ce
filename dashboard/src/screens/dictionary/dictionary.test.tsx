import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import dictionary from '../../../../core/metric_dictionary.json';
import { initLanguage } from '../../i18n';
import { SCREENS } from '../../screens';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { found } from './queries';
import { DICTIONARY, EVENTS } from './samples';

beforeEach(async () => {
  await initLanguage('en');
  const api = new FakeApi();
  api.on('GET /api/v1/dictionary', () => json(DICTIONARY));
  api.on('GET /api/v1/dictionary/events', () => json(EVENTS));
});

test('a metric is found by its formula, with its table and the screens that show it', async () => {
  renderApp('/dictionary');
  expect(await screen.findByText('Uptime')).toBeTruthy();
  await userEvent.type(screen.getByRole('textbox'), 'cohort ACTIVE{Enter}');
  expect(await screen.findByText('Day-N retention')).toBeTruthy();
  expect(screen.queryByText('Uptime')).toBeNull();
  const table = screen.getByRole('table', { name: 'Metrics' });
  expect(table.textContent).toContain('cohort_day.retention');
  const links = [...table.querySelectorAll('a')].map((link) => link.getAttribute('href'));
  expect(links).toEqual(['/retention']);
});

test('events say who sends them', async () => {
  renderApp('/dictionary?part=events&words=goal');
  expect(await screen.findByText('From your own programs, by the intake')).toBeTruthy();
  expect(screen.queryByText('stars, transfer')).toBeNull();
});

test('words that nothing has are told', async () => {
  renderApp('/dictionary?words=teapot');
  expect(await screen.findByText('Nothing has all of these words')).toBeTruthy();
  expect(found(['Net sales', 'Gross sales'], 'SALES net', (each) => each)).toEqual(['Net sales']);
});

test('what screens say that they show is in the dictionary', () => {
  const known = new Set(dictionary.map(({ table, name }) => `${table}.${name}`));
  const said = SCREENS.flatMap(({ metrics }) => metrics ?? []);
  expect(said.length).toBeGreaterThan(10);
  expect(said.filter((metric) => !known.has(metric))).toEqual([]);
});
