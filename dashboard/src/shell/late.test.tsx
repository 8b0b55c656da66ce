import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type ComponentType, useState } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { initLanguage } from '../i18n';
import { loadedLater } from '../ui/loadedLater';
import { LateDialog } from './LateDialog';

// The pauses before another try are long for a test.
beforeEach(async () => {
  await initLanguage('en');
  const { setTimeout } = globalThis;
  vi.stubGlobal('setTimeout', (act: () => void, pause = 0) => setTimeout(act, pause / 10));
});
afterEach(() => vi.unstubAllGlobals());

const Sheet = ({ isOpen }: { isOpen: boolean }) => isOpen && <p>All screens</p>;

/** A network that refuses the first `count` times. */
function refusing(count: number) {
  const asked = { times: 0 };
  const load = async (): Promise<ComponentType<{ isOpen: boolean }>> => {
    asked.times += 1;
    if (asked.times <= count) throw new TypeError('Failed to fetch dynamically imported module');
    return Sheet;
  };
  return { asked, Late: loadedLater(load) };
}

function show(Late: ComponentType<{ isOpen: boolean }>) {
  function Shell() {
    const [isOpen, setOpen] = useState(false);
    return (
      <>
        <button type="button" onClick={() => setOpen(true)}>
          More
        </button>
        <LateDialog
          isOpen={isOpen}
          onClose={() => setOpen(false)}
          dialog={<Late isOpen={isOpen} />}
        />
      </>
    );
  }
  render(
    <MantineProvider env="test">
      <Shell />
    </MantineProvider>,
  );
}

const press = (name: string) => userEvent.click(screen.getByRole('button', { name }));

test('a dialog whose code was refused four times is tried again where it stands', async () => {
  const { asked, Late } = refusing(4);
  show(Late);
  await press('More');
  expect((await screen.findByRole('status')).textContent).toBe('Loading');
  expect((await screen.findByRole('alert')).textContent).toContain('No connection to the server');
  expect(asked.times).toBe(3);
  expect(screen.getByRole('button', { name: 'More' })).toBeTruthy();
  await press('Try again');
  expect(await screen.findByText('All screens')).toBeTruthy();
  expect(asked.times).toBe(5);
  expect(screen.queryByRole('alert')).toBeNull();
});

test('the next press asks anew, too, and what failed ahead of time is forgotten', async () => {
  const { Late } = refusing(6);
  await expect(Late.preload()).rejects.toThrow('did not load');
  show(Late);
  await press('More');
  await screen.findByRole('alert');
  await press('Close');
  expect(screen.queryByRole('alert')).toBeNull();
  await press('More');
  expect(await screen.findByText('All screens')).toBeTruthy();
});
