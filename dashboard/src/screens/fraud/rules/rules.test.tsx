import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../../i18n';
import { FakeApi, json } from '../../../testing/FakeApi';
import { renderApp } from '../../../testing/renderApp';
import { RULES } from './samples';

const RULES_OF = '/api/v1/shops/1/fraud';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on(`GET ${RULES_OF}/rules`, () => json(RULES));
});

test('a rule is looked at before it is changed, and changed as a whole', async () => {
  api.on(`GET ${RULES_OF}/rules/promo_guesses/preview`, () =>
    json({ rule: 'promo_guesses', threshold: 3, hits: 3, users: 250 }),
  );
  api.on(`PUT ${RULES_OF}/rules/promo_guesses`, () => json(RULES));
  renderApp('/fraud/rules?rule=promo_guesses');
  const panel = await screen.findByRole('dialog');
  const threshold = within(panel).getByRole('textbox', { name: 'Counts fully from' });
  await userEvent.clear(threshold);
  await userEvent.type(threshold, '3');
  await userEvent.click(within(panel).getByRole('button', { name: 'Whom would it have hit?' }));
  expect(await within(panel).findByText(/3 of 250 \(1.2%\)/)).toBeTruthy();
  await userEvent.click(within(panel).getByRole('switch', { name: /Only watch/ }));
  await userEvent.click(within(panel).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(api.asked(`PUT ${RULES_OF}/rules/promo_guesses`)).toHaveLength(1));
  expect(api.asked(`PUT ${RULES_OF}/rules/promo_guesses`)[0]?.body).toEqual({
    is_on: true,
    is_shadow: true,
    weight: 0.8,
    threshold: 3,
  });
});

test('a rule of shares is read and typed in percent', async () => {
  renderApp('/fraud/rules?rule=refund_share');
  const panel = await screen.findByRole('dialog');
  const field = within(panel).getByRole('textbox', { name: 'Counts fully from, %' });
  expect(field).toHaveProperty('value', '30');
  expect(within(panel).getByRole('button', { name: 'Back to ours' })).toBeTruthy();
});

test('limits the wrong way round are not sent', async () => {
  renderApp('/fraud/rules');
  const review = await screen.findByRole('textbox', { name: 'To be looked at, from' });
  await userEvent.clear(review);
  await userEvent.type(review, '90');
  expect(screen.getByText('Not above the other one.')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Save' })).toHaveProperty('disabled', true);
});
