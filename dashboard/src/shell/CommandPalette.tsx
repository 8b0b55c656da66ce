import { ActionIcon, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role } from '../api/model';
import { shopsQuery } from '../api/queries';
import { useLanguage } from '../i18n';
import { IN_MENU, mayOpen } from '../screens';
import { Dialog } from '../ui/dialog/Dialog';
import { useGo } from '../view/useGo';
import { useView } from '../view/useView';
import styles from './palette.module.css';

type Entry = { key: string; kind: 'screen' | 'shop'; name: string; open: () => void };

const MOST = 50;

/** Fields take their own keys; nothing is opened over a dialog. */
function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.closest?.('input, textarea, select, [contenteditable], [role="dialog"]'));
}

/** Screens and shops by a few letters, opened by ⌘K, Ctrl+K or a slash. */
export function CommandPalette({ role }: { role: Role }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
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
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={t('palette.title')}>
        <Search role={role} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function useEntries(role: Role): Entry[] {
  const language = useLanguage();
  const go = useGo();
  const { change } = useView();
  const { data: shops = [] } = useQuery(shopsQuery);
  return [
    ...IN_MENU.filter((screen) => mayOpen(screen, role)).map((screen) => ({
      key: screen.path,
      kind: 'screen' as const,
      name: screen.title[language],
      open: () => void go(screen.path),
    })),
    ...shops.map(({ id, name }) => ({
      key: `shop ${id}`,
      kind: 'shop' as const,
      name,
      open: () => change({ shops: [id] }),
    })),
  ];
}

function Search({ role, onDone }: { role: Role; onDone: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const wanted = text.trim().toLocaleLowerCase();
  const found = useEntries(role)
    .filter(({ name }) => name.toLocaleLowerCase().includes(wanted))
    .slice(0, MOST);
  const chosen = Math.min(at, found.length - 1);
  const open = (entry: Entry | undefined) => {
    if (!entry) return;
    onDone();
    entry.open();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((chosen + step + found.length) % Math.max(1, found.length));
    else if (event.key === 'Enter') open(found[chosen]);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    document.getElementById(`${id}-${chosen}`)?.scrollIntoView?.({ block: 'nearest' });
  }, [id, chosen]);
  return (
    <>
      <TextInput
        data-autofocus
        size="md"
        role="combobox"
        aria-label={t('palette.title')}
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length ? `${id}-${chosen}` : undefined}
        placeholder={t('palette.placeholder')}
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className={styles.list} role="listbox" id={`${id}-list`} aria-label={t('palette.title')}>
        {found.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above takes the keys
          <div
            key={entry.key}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={styles.entry}
            onClick={() => open(entry)}
          >
            <span className={styles.name}>{entry.name}</span>
            <span className={styles.kind}>{t(`palette.${entry.kind}`)}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p role="status">{t('palette.nothing')}</p>}
    </>
  );
}
