import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { BuyerHistory } from '../../parts/history/BuyerHistory';
import { useSourceName } from '../../parts/sources/useSourceName';
import { Confirm } from '../../ui/dialog/Dialog';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { LinkButton } from '../../ui/LinkButton';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import { Facts } from '../../ui/record/Facts';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { type Customer, customerQuery, ERASURE, erasureQuery } from './queries';
import { useCustomerWords } from './words';

type Props = {
  shop: Shop;
  buyerNo: number | undefined;
  mayErase: boolean;
  onClose: () => void;
};

/** One customer beside the list: who it is, what they paid, all that they did. */
export function CustomerPanel({ shop, buyerNo, mayErase, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <SidePanel isOpen={buyerNo !== undefined} onClose={onClose} title={t('customers.one')}>
      {buyerNo !== undefined && <Story key={buyerNo} {...{ shop, buyerNo, mayErase }} />}
    </SidePanel>
  );
}

type StoryProps = { shop: Shop; buyerNo: number; mayErase: boolean };

function Story({ shop, buyerNo, mayErase }: StoryProps) {
  const { t } = useTranslation();
  const query = useQuery(customerQuery(shop.id, buyerNo));
  const takesOrders = shop.bots.some(({ modules }) => modules.includes('orders'));
  return (
    <Loaded query={query} height={480}>
      {(customer) => (
        <div className={record.story}>
          <About customer={customer} timeZone={shop.timezone} />
          {takesOrders && (
            <div>
              <LinkButton
                to="/orders"
                variant="default"
                search={{ shops: [shop.id], buyer: buyerNo }}
              >
                {t('customers.orders')}
              </LinkButton>
            </div>
          )}
          <BuyerHistory shop={shop} buyerNo={buyerNo} />
          {mayErase && <Erasure shop={shop} customer={customer} />}
        </div>
      )}
    </Loaded>
  );
}

function About({ customer, timeZone }: { customer: Customer; timeZone: string }) {
  const { t } = useTranslation();
  const sourceName = useSourceName();
  const words = useCustomerWords();
  const moment = dateFormat(useLanguage(), { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const at = (iso: string) => moment.format(new Date(iso));
  const facts: [string, string | null][] = [
    ['Telegram', customer.username && `@${customer.username}`],
    [t('customers.column.spent'), words.spentOf(customer)],
    [t('customers.from'), customer.source ? sourceName(customer.source) : t('customers.direct')],
    [t('customers.language'), customer.language || null],
    [t('customers.column.seen'), at(customer.first_seen_at)],
    [t('customers.column.last'), at(customer.last_seen_at)],
    [t('customers.column.lastBought'), customer.last_bought_at && at(customer.last_bought_at)],
  ];
  return (
    <>
      <div className={record.head}>
        <h2 className={text.h2}>{words.nameOf(customer)}</h2>
        <Pill tone={words.toneOf(customer)}>{words.stateOf(customer)}</Pill>
        {customer.is_premium && <Pill>{t('customers.premium')}</Pill>}
        {customer.is_staff && <Pill>{t('customers.staff')}</Pill>}
        {customer.is_test && <Pill>{t('customers.test')}</Pill>}
      </div>
      <Facts facts={facts} />
    </>
  );
}

/** For good, and only after an owner has pressed a button in the chat with the bot. */
function Erasure({ shop, customer }: { shop: Shop; customer: Customer }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const words = useCustomerWords();
  const moment = dateFormat(useLanguage(), { dateStyle: 'medium', timeStyle: 'short' });
  const [isAsked, setAsked] = useState(false);
  const path = { shop_id: shop.id, buyer_no: customer.buyer_no };
  const { data: erasure } = useQuery(erasureQuery(shop.id, customer.buyer_no));
  const erase = useMutation({
    mutationFn: () => send('post', ERASURE, { params: { path }, body: {} }),
    onSuccess: () => client.invalidateQueries(),
  });
  if (erasure?.state === 'clearing') return <p role="status">{t('customers.erasing')}</p>;
  if (erasure?.state === 'done' && erasure.done_at) {
    const at = moment.format(new Date(erasure.done_at));
    return <p role="status">{t('customers.erased', { at })}</p>;
  }
  return (
    <div>
      <Button size="md" variant="default" color="red" onClick={() => setAsked(true)}>
        {t('customers.erase')}
      </Button>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('customers.eraseTitle', { name: words.nameOf(customer) })}
        action={t('customers.erase')}
        isDangerous
        isPending={erase.isPending}
        error={erase.error}
        onConfirm={() => erase.mutate(undefined, { onSuccess: () => setAsked(false) })}
      >
        {t('customers.eraseWhat')}
      </Confirm>
    </div>
  );
}
