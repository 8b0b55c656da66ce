import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../../api/errors';
import { initLanguage } from '../../i18n';
import { misfitsOf } from './check';
import { fieldsOf, initialOf, type Schema } from './fields';
import { SchemaForm, type Value } from './SchemaForm';

const title = (en: string) => ({ 'x-title': { en, ru: `${en} по-русски` } });
const FORM: Schema = {
  type: 'object',
  properties: {
    hours: { type: 'string', maxLength: 5, default: '', ...title('Hours') },
    step: { type: 'integer', minimum: 5, maximum: 60, default: 15, ...title('Step') },
    refunds: { type: 'boolean', default: false, ...title('Refunds') },
    mode: { type: 'string', enum: ['no', 'required'], default: 'no', ...title('Mode') },
    sums: { type: 'array', items: { type: 'integer', minimum: 1 }, default: [], ...title('Sums') },
    ways: {
      type: 'array',
      items: { $ref: '#/$defs/Way' },
      maxItems: 2,
      default: [],
      ...title('Ways'),
    },
    token: {
      anyOf: [{ type: 'string', minLength: 1, 'x-kind': 'secret' } as Schema, { type: 'null' }],
      default: null,
      ...title('Token'),
    },
  },
  $defs: {
    Way: {
      type: 'object',
      properties: { price: { type: 'integer', minimum: 1, ...title('Price') } },
      required: ['price'],
    },
  },
};
const VALUE = {
  ...initialOf(fieldsOf(FORM)),
  token: { set: true, tail: 'x9' },
};

beforeEach(() => initLanguage('en'));

async function draw(onSave: (value: Value) => Promise<unknown> = async () => null) {
  const calls = { onSave: vi.fn(onSave), onTakeTheirs: vi.fn(), onKeepMine: vi.fn(async () => {}) };
  const root = createRootRoute({
    component: () => <SchemaForm form={FORM} value={VALUE} {...calls} />,
  });
  const router = createRouter({ routeTree: root, history: createMemoryHistory() });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await screen.findByLabelText('Hours');
  return calls;
}
const save = () => userEvent.click(screen.getByRole('button', { name: 'Save' }));

test('a schema gives a closed set of fields, and a new value that fits it', () => {
  expect(fieldsOf(FORM).map(({ kind }) => kind)).toEqual([
    ...['text', 'number', 'switch', 'choice', 'words', 'list', 'secret'],
  ]);
  expect(misfitsOf(FORM, initialOf(fieldsOf(FORM)))).toEqual([]);
  expect(misfitsOf(FORM, { ...VALUE, step: 3, ways: [{ price: 0 }] })).toEqual([
    { path: 'step', keyword: 'minimum', limit: 5 },
    { path: 'ways.0.price', keyword: 'minimum', limit: undefined },
  ]);
});

test('what does not fit is told at its field and never sent; then all of it is saved', async () => {
  const { onSave } = await draw();
  const step = screen.getByLabelText(/^Step/);
  await userEvent.clear(step);
  await userEvent.type(step, '3');
  await save();
  await screen.findByText('At least 5.');
  await waitFor(() => expect(document.activeElement).toBe(step));
  expect(onSave).not.toHaveBeenCalled();
  await userEvent.clear(step);
  await userEvent.type(step, '30');
  await userEvent.click(screen.getByRole('switch', { name: 'Refunds' }));
  await userEvent.selectOptions(screen.getByLabelText('Mode'), 'required');
  await userEvent.type(screen.getByLabelText('Sums'), '5, 10');
  await userEvent.click(screen.getByRole('button', { name: 'Ways: add' }));
  await userEvent.type(screen.getByLabelText(/^Price/), '7');
  await save();
  await waitFor(() => expect(onSave).toHaveBeenCalledTimes(1));
  // The kept secret goes back as it came.
  expect(onSave.mock.calls[0]?.[0]).toEqual({
    ...VALUE,
    step: 30,
    refunds: true,
    mode: 'required',
    sums: [5, 10],
    ways: [{ price: 7 }],
  });
});

test('what the server refuses is told at the field that it names', async () => {
  await draw(async () => {
    const errors = [{ field: 'settings.hours', message: 'no such hours' }];
    throw new ApiError({ status: 422, code: 'settings_invalid', errors });
  });
  await userEvent.type(screen.getByLabelText('Hours'), '9-25');
  await save();
  await screen.findByText('no such hours');
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText('Hours')));
});

test('another owner was faster: nothing is lost before it is chosen', async () => {
  let isFirst = true;
  const calls = await draw(async () => {
    if (!isFirst) return;
    isFirst = false;
    throw new ApiError({ status: 412, code: 'changed_meanwhile' });
  });
  await userEvent.type(screen.getByLabelText('Hours'), '9-18');
  await save();
  await screen.findByText('Somebody else has changed this meanwhile');
  expect((screen.getByLabelText('Hours') as HTMLInputElement).value).toBe('9-18');
  await userEvent.click(screen.getByRole('button', { name: 'Save mine over it' }));
  await waitFor(() => expect(calls.onSave).toHaveBeenCalledTimes(2));
  expect(calls.onKeepMine).toHaveBeenCalledTimes(1);
  expect(calls.onTakeTheirs).not.toHaveBeenCalled();
});
