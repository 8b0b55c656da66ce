import { Button, Checkbox, Popover, Skeleton, Stack } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/contract';

const route = getRouteApi('/shell/');

type Props = { shops: UseQueryResult<Shop[]>; chosen: number[] };

/** One, several or all shops. No choice in the address means all, those to come included. */
export function ShopSwitcher({ shops, chosen }: Props) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  if (shops.isPending) return <Skeleton h={36} w={160} />;
  if (shops.isError)
    return (
      <Button variant="default" onClick={() => void shops.refetch()}>
        {t('shopSwitcher.retry')}
      </Button>
    );
  const all = shops.data;
  const [only] = all;
  if (!only) return null;
  if (all.length === 1) return <b className="only-shop">{only.name}</b>;

  const known = chosen.filter((id) => all.some((shop) => shop.id === id));
  const ticked = known.length ? known : all.map(({ id }) => id);
  const choose = (ids: number[]) => {
    if (!ids.length) return;
    const shopIds = ids.length === all.length ? undefined : ids.sort((a, b) => a - b);
    void navigate({ search: (before) => ({ ...before, shops: shopIds }) });
  };
  return (
    <Popover position="bottom-start" withinPortal={false} trapFocus shadow="md">
      <Popover.Target>
        <Button
          variant="default"
          className="shop-switcher"
          rightSection={<IconChevronDown size={16} aria-hidden="true" />}
        >
          {labelOf(all, ticked, t('shopSwitcher.all', { count: all.length }))}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('shopSwitcher.label')}>
        <Stack gap="sm">
          <Checkbox
            label={t('shopSwitcher.all', { count: all.length })}
            checked={ticked.length === all.length}
            indeterminate={ticked.length < all.length}
            onChange={() => choose(all.map(({ id }) => id))}
          />
          {all.map((shop) => (
            <div key={shop.id} className="shop-choice">
              <Checkbox
                label={shop.name}
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
                size="compact-sm"
                aria-label={t('shopSwitcher.onlyThis', { name: shop.name })}
                onClick={() => choose([shop.id])}
              >
                {t('shopSwitcher.only')}
              </Button>
            </div>
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function labelOf(all: Shop[], ticked: number[], everything: string): string {
  if (ticked.length === all.length) return everything;
  const [first, ...others] = all.filter(({ id }) => ticked.includes(id));
  return others.length ? `${first?.name} +${others.length}` : (first?.name ?? everything);
}
