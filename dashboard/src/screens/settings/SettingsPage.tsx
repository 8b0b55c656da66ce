import { Button, Card, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { meQuery, shopsQuery } from '../../api/queries';
import layout from '../../ui/layout.module.css';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import text from '../../ui/text.module.css';
import { ScreenLink } from '../../view/ScreenLink';
import { useScreenSearch } from '../../view/useScreenSearch';
import { EndOfShop } from './EndOfShop';
import { ImprintCard } from './ImprintCard';
import { NameCard } from './NameCard';
import { ShopCalendar } from './ShopCalendar';
import { ShopRates } from './ShopRates';
import { StaffCard } from './StaffCard';
import { parseSettingsSearch } from './search';
import styles from './settings.module.css';

/** What an owner may change of a shop, and its end. */
export function SettingsPage() {
  const { t } = useTranslation();
  const [{ shop: chosen }, change] = useScreenSearch(parseSettingsSearch);
  const { data: me } = useQuery(meQuery);
  const shops = useQuery(shopsQuery);
  const shop = shops.data?.find(({ id }) => id === chosen) ?? shops.data?.[0];
  const back = (
    <ScreenLink to="/shops" className={text.link}>
      ← {t('shops.title')}
    </ScreenLink>
  );
  return (
    <Page title={t('settings.title')} back={back} isNarrow>
      {(shops.data?.length ?? 0) > 1 && (
        <NativeSelect
          size="md"
          label={t('settings.shop')}
          value={String(shop?.id)}
          data={shops.data?.map(({ id, name }) => ({ value: String(id), label: name }))}
          onChange={({ currentTarget }) => change({ shop: Number(currentTarget.value) })}
        />
      )}
      {me && me.role !== 'owner' ? (
        <p>{t('problem.forbidden')}</p>
      ) : (
        <Loaded query={shops} height={640}>
          {() =>
            shop ? (
              <Settings key={shop.id} shop={shop} />
            ) : (
              <Empty title={t('shops.none')} what={t('shops.noneOwner')} />
            )
          }
        </Loaded>
      )}
    </Page>
  );
}

function Settings({ shop }: { shop: Shop }) {
  const bots = shop.bots.filter(({ mode }) => mode === 'hosted');
  return (
    <>
      <NameCard shop={shop} />
      <ImprintCard shop={shop} />
      <CountingCard shop={shop} />
      {bots.map((bot) => (
        <StaffCard key={bot.id} bot={bot} />
      ))}
      <EndOfShop shop={shop} />
    </>
  );
}

/** What a shop is counted by. */
function CountingCard({ shop }: { shop: Shop }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<'calendar' | 'rates' | null>(null);
  const close = () => setOpen(null);
  const currency = shop.currency === 'XTR' ? t('currency.XTR') : shop.currency;
  return (
    <Card
      withBorder
      component="section"
      className={styles.card}
      aria-labelledby="settings-counting"
    >
      <h2 className={text.h2} id="settings-counting">
        {t('settings.counting')}
      </h2>
      <p className={text.note}>
        {currency} · {shop.timezone}
      </p>
      {open === 'calendar' && <ShopCalendar shop={shop} onDone={close} />}
      {open === 'rates' && <ShopRates shop={shop} onDone={close} />}
      {open === null && (
        <div className={layout.actions}>
          <Button variant="default" size="md" onClick={() => setOpen('calendar')}>
            {t('calendar.title')}
          </Button>
          <Button variant="default" size="md" onClick={() => setOpen('rates')}>
            {t('rates.title')}
          </Button>
        </div>
      )}
    </Card>
  );
}
