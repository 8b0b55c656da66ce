import { MantineProvider } from '@mantine/core';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { MenuSheet } from '../../shell/MenuSheet';
import { SidePanel } from '../drawer/SidePanel';
import { Dialog } from './Dialog';
import { useTopmost } from './useTopmost';

beforeEach(() => initLanguage('en'));

const names = () => screen.queryAllByRole('dialog').map((each) => each.getAttribute('aria-label'));

/** Says whether it is on top; opens with whatever it stands in, and before that. */
function Within({ isOpen }: { isOpen: boolean }) {
  const { isTopmost } = useTopmost(isOpen);
  return <p>{isTopmost ? 'the inner one is on top' : 'the inner one is below'}</p>;
}

test('what opens at once with what it stands in lies on top of it', async () => {
  render(
    <MantineProvider env="test">
      <SidePanel isOpen onClose={() => {}} title="Order">
        <Within isOpen />
      </SidePanel>
    </MantineProvider>,
  );
  expect(await screen.findByText('the inner one is on top')).toBeTruthy();
});

function Over() {
  const [open, setOpen] = useState(['sheet', 'dialog']);
  const without = (name: string) => () => setOpen(open.filter((each) => each !== name));
  return (
    <>
      <Dialog isOpen={open.includes('dialog')} onClose={without('dialog')} title="Go to">
        words
      </Dialog>
      <MenuSheet isOpen={open.includes('sheet')} onClose={without('sheet')}>
        screens
      </MenuSheet>
    </>
  );
}

test('Esc closes the menu of all screens or what lies over it, never both', async () => {
  render(
    <MantineProvider env="test">
      <Over />
    </MantineProvider>,
  );
  await waitFor(() => expect(names()).toHaveLength(2));
  await userEvent.keyboard('{Escape}');
  await waitFor(() => expect(names()).toHaveLength(1));
  await userEvent.keyboard('{Escape}');
  await waitFor(() => expect(names()).toHaveLength(0));
});
