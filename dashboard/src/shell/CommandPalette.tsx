import { ActionIcon } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role } from '../api/model';
import { loadedLater } from '../ui/loadedLater';
import { LateDialog } from './LateDialog';

const PaletteDialog = loadedLater(() =>
  import('./PaletteDialog').then(({ PaletteDialog }) => PaletteDialog),
);

/** Fields take their own keys; nothing is opened over a dialog. */
function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.closest?.('input, textarea, select, [contenteditable], [role="dialog"]'));
}

/** Screens and shops by a few letters, opened by ⌘K, Ctrl+K or a slash. */
export function CommandPalette({ role }: { role: Role }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const isCommand = (event.metaKey || event.ctrlKey) && event.code === 'KeyK';
      const isSlash = event.key === '/' && !isTyping(event.target);
      if (!isCommand && !isSlash) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={44}
        aria-label={t('palette.open')}
        title={`${t('palette.open')} (Ctrl+K)`}
        aria-keyshortcuts="Control+K Meta+K /"
        onClick={() => setOpen(true)}
      >
        <IconSearch size={20} />
      </ActionIcon>
      <LateDialog
        isOpen={isOpen}
        onClose={close}
        dialog={<PaletteDialog role={role} isOpen={isOpen} onClose={close} />}
      />
    </>
  );
}
