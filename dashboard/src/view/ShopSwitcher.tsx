import { Button, Checkbox, Popover, Skeleton, TextInput } from '@mantine/core';
import { IconBuildingStore, IconChevronDown } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../api/model';
import { shopsQuery } from '../api/queries';
import { useShopKeys } from './useShopKeys';
import { useView } from './useView';
import styles from './view.module.css';

/** From here on a list is faster searched than read. */
const SEARCHED_FROM = 8;

/** One, several or all shops. No choice in the address means all, those to come included. */
export function ShopSwitcher() {
  const { t } = useTranslation();
  const { view } = useView();
  const shops = useQuery(shopsQuery);
  useShopKeys(shops.data);
  if (shops.isPending) return <Skeleton h={44} w={160} />;
  if (!shops.data)
    return (
      <Button variant="default" size="md" onClick={() => void shops.refetch()}>
        {t('shopSwitcher.retry')}
      </Button>
    );
  const all = shops.data;
  const [only] = all;
  if (!only) return null;
  if (all.length === 1) return <b className={styles.only}>{only.name}</b>;
  const known = view.shops.filter((id) => all.some((shop) => shop.id === id));
  const ticked = known.length ? known : all.map(({ id }) => id);
  return (
    <Popover position="bottom-start" trapFocus returnFocus shadow="md" width="min(360px, 94vw)">
      <Popover.Target>
        <Button
          variant="default"
          size="md"
          className={styles.button}
          leftSection={<IconBuildingStore size={18} aria-hidden="true" />}
          rightSection={<IconChevronDown size={16} aria-hidden="true" />}
        >
          {labelOf(all, ticked, t('shopSwitcher.all', { count: all.length }))}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={styles.dropdown}>
        <Choices all={all} ticked={ticked} />
      </Popover.Dropdown>
    </Popover>
  );
}

function labelOf(all: Shop[], ticked: number[], everything: string): string {
  if (ticked.length === all.length) return everything;
  const [first, ...others] = all.filter(({ id }) => ticked.includes(id));
  return others.length ? `${first?.name} +${others.length}` : (first?.name ?? everything);
}

function Choices({ all, ticked }: { all: Shop[]; ticked: number[] }) {
  const { t } = useTranslation();
  const { change } = useView();
  const [text, setText] = useState('');
  const wanted = text.trim().toLocaleLowerCase();
  const found = all.filter(({ name }) => name.toLocaleLowerCase().includes(wanted));
  const choose = (ids: number[]) => {
    if (ids.length) change({ shops: ids.length === all.length ? [] : ids });
  };
  return (
    <>
      {all.length >= SEARCHED_FROM && (
        <TextInput
          size="md"
          aria-label={t('shopSwitcher.search')}
          placeholder={t('shopSwitcher.search')}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
      )}
      <Checkbox
        label={t('shopSwitcher.all', { count: all.length })}
        checked={ticked.length === all.length}
        indeterminate={ticked.length < all.length}
        onChange={() => choose(all.map(({ id }) => id))}
      />
      <ul className={styles.shops}>
        {found.map((shop) => (
          <li key={shop.id} className={styles.shop}>
            <Checkbox
              className={styles.name}
              label={<span title={shop.name}>{shop.name}</span>}
              checked={ticked.includes(shop.id)}
              onChange={({ currentTarget }) =>
                choose(
                  currentTarget.checked
                    ? [...ticked, shop.id]
                    : ticked.filter((id) => id !== shop.id),
                )
              }
            />
            <Button
              variant="subtle"
              size="md"
              px="sm"
              aria-label={t('shopSwitcher.onlyThis', { name: shop.name })}
              onClick={() => choose([shop.id])}
            >
              {t('shopSwitcher.only')}
            </Button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p role="status">{t('shopSwitcher.nothing')}</p>}
    </>
  );
}
