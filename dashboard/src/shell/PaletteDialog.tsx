import { TextInput } from '@mantine/core';
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
import { useFound } from './useFound';

export type Entry = {
  key: string;
  kind: 'screen' | 'shop' | 'order' | 'customer';
  name: string;
  open: () => void;
};

const MOST = 50;

type Props = { role: Role; isOpen: boolean; onClose: () => void };

export function PaletteDialog({ role, isOpen, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('palette.title')}>
      <Search role={role} onDone={onClose} />
    </Dialog>
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
  const known = useEntries(role).filter(({ name }) => name.toLocaleLowerCase().includes(wanted));
  const { found: foundThere, isAsking } = useFound(text);
  const found = [...known.slice(0, MOST), ...foundThere];
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
      <p role="status" className={styles.note}>
        {isAsking ? t('palette.asking') : found.length === 0 && t('palette.nothing')}
      </p>
    </>
  );
}
