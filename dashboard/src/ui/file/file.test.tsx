import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forgetBearer, keepBearer } from '../../api/bearer';
import { createQueryClient } from '../../api/queries';
import { initLanguage } from '../../i18n';
import { FakeApi, problem } from '../../testing/FakeApi';
import { FileButton } from './FileLink';
import { OpenedPicture } from './ServerPicture';

const PICTURE = '/api/v1/shops/1/files/abc';
const FILE = '/api/v1/exports/jobs/7/files/1';
let api: FakeApi;
let saved: string[];

const show = (what: React.ReactNode) =>
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient()}>{what}</QueryClientProvider>
    </MantineProvider>,
  );

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  saved = [];
  vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:held');
  vi.spyOn(URL, 'revokeObjectURL').mockReturnValue();
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    saved.push(`${this.getAttribute('href')} as ${this.download}`);
  });
});
afterEach(() => {
  forgetBearer();
  vi.restoreAllMocks();
});

test('inside Telegram a picture is fetched with the session, shown, and saved when pressed', async () => {
  keepBearer('secret');
  const headers = { 'content-disposition': "inline; filename*=UTF-8''tea.jpg" };
  api.on(`GET ${PICTURE}`, () => new Response('bytes', { headers }));
  show(<OpenedPicture src={PICTURE} alt="Tea" />);
  const picture = screen.getByAltText('Tea');
  await waitFor(() => expect(picture.getAttribute('src')).toBe('blob:held'));
  expect(api.asked(`GET ${PICTURE}`)[0]?.headers.get('authorization')).toBe('Bearer secret');
  await userEvent.click(picture);
  await waitFor(() => expect(saved).toEqual(['blob:held as tea.jpg']));
});

test('in a browser a picture is the browser’s own', () => {
  show(<OpenedPicture src={PICTURE} alt="Tea" />);
  expect(screen.getByAltText('Tea').getAttribute('src')).toBe(PICTURE);
  expect(api.requests).toEqual([]);
});

test('inside Telegram a file is fetched with the session, under its name', async () => {
  keepBearer('secret');
  api.on(`GET ${FILE}`, () => new Response('a,b'));
  show(
    <FileButton href={FILE} name="tea.csv">
      Take
    </FileButton>,
  );
  await userEvent.click(screen.getByRole('link', { name: 'Take' }));
  await waitFor(() => expect(saved).toEqual(['blob:held as tea.csv']));
});

test('a file that may not be had is refused in words', async () => {
  api.on(`HEAD ${FILE}`, () => new Response(null, { status: 403 }));
  api.on(`GET ${FILE}`, () => problem(403, 'owners_only', 'Owners only.'));
  show(<FileButton href={FILE}>Take</FileButton>);
  await userEvent.click(screen.getByRole('link', { name: 'Take' }));
  expect(await screen.findByRole('alert')).toBeTruthy();
  expect(saved).toEqual([]);
});
