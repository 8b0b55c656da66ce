import { Button, Code, CopyButton } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { read, send } from '../../api/client';
import type { Bot } from '../../api/model';
import { formatClock } from '../../format/time';
import { useLanguage } from '../../i18n';
import { useBotName } from '../../parts/bots/bot';
import { CopyLink } from '../../ui/CopyLink';
import { Refused } from '../../ui/Refused';
import { Step } from '../../ui/steps/Step';
import steps from '../../ui/steps/steps.module.css';
import text from '../../ui/text.module.css';
import { ScreenLink } from '../../view/ScreenLink';
import styles from './connect.module.css';

/** What happens in the bot is seen here this soon. */
const ANEW = { staleTime: 0, refetchInterval: 5_000 };

const goodsQuery = (shop: number) =>
  read('/api/v1/shops/{shop_id}/products', {
    params: { path: { shop_id: shop }, query: { limit: 1 } },
  });
const chatsQuery = read('/api/v1/access/owner-chats');
const ordersQuery = (bot: number) =>
  read('/api/v1/bots/{bot_id}/modules/orders/orders', {
    params: { path: { bot_id: bot }, query: { limit: 1 } },
  });

/** From a bot that runs to its first sale. Each step is as the server knows it, so that whoever
 * comes back finds what is left. */
export function NextSteps({ bot }: { bot: Bot }) {
  const { t } = useTranslation();
  const hasOrders = bot.modules.includes('orders');
  const goods = useQuery({ ...goodsQuery(bot.shop_id), ...ANEW });
  const chats = useQuery({ ...chatsQuery, ...ANEW });
  const orders = useQuery({
    ...ordersQuery(bot.id),
    enabled: hasOrders,
    ...ANEW,
  });
  const isBound = chats.data?.some(({ bot_id }) => bot_id === bot.id) ?? false;
  return (
    <section className={styles.next} aria-labelledby="next-title">
      <h3 className={text.h2} id="next-title">
        {t('next.title')}
      </h3>
      <ol className={steps.steps}>
        <Step done={(goods.data?.products.length ?? 0) > 0} title={t('next.goods')}>
          <ScreenLink
            to="/catalogue"
            search={{ shop: bot.shop_id, product: 'new', steps: bot.id }}
            className={text.link}
          >
            {t('next.addGoods')}
          </ScreenLink>
        </Step>
        <Step done={isBound} title={t('next.chat')}>
          {t('next.chatWhat')}
          {!isBound && <OwnerCode bot={bot} />}
        </Step>
        {hasOrders && (
          <Step done={(orders.data?.orders.length ?? 0) > 0} title={t('next.order')}>
            {t('next.orderWhat')}
            {bot.username && <CopyLink username={bot.username} />}
          </Step>
        )}
        <li>
          <span>
            <b>{t('next.also')}</b>
            <span className={steps.what}>
              <ScreenLink to="/texts" search={{ bot: bot.id }} className={text.link}>
                {t('next.toTexts')}
              </ScreenLink>
              <ScreenLink to="/modules" search={{ bot: bot.id }} className={text.link}>
                {t('next.toModules')}
              </ScreenLink>
              <ScreenLink to="/shops/settings" search={{ shop: bot.shop_id }} className={text.link}>
                {t('next.toSettings')}
              </ScreenLink>
            </span>
          </span>
        </li>
      </ol>
      {bot.username && (
        <p>
          {t('progress.share')} <CopyLink username={bot.username} />
        </p>
      )}
    </section>
  );
}

/** A code that binds the owner's own chat once. */
function OwnerCode({ bot }: { bot: Bot }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const name = useBotName()(bot);
  const make = useMutation({
    mutationFn: () =>
      send('post', '/api/v1/access/owner-chats/codes', {
        body: { bot_id: bot.id, panel_url: location.origin },
      }),
    // The code is forgotten with this place.
    gcTime: 0,
  });
  if (make.data) {
    const command = `/owner ${make.data.code}`;
    return (
      <>
        <span>{t('next.sendCode', { name })}</span>
        <span className={styles.command}>
          <Code>{command}</Code>
          {/* The clipboard exists only on secure origins; elsewhere the code is there to select. */}
          {navigator.clipboard && (
            <CopyButton value={command}>
              {({ copied, copy }) => (
                <Button size="md" variant="default" onClick={copy}>
                  {t(copied ? 'next.copied' : 'next.copy')}
                </Button>
              )}
            </CopyButton>
          )}
        </span>
        {bot.username && (
          <a
            className={text.link}
            href={`https://t.me/${bot.username}?text=${encodeURIComponent(command)}`}
            target="_blank"
            rel="noreferrer"
          >
            {t('next.openWithCode')}
          </a>
        )}
        <span>{t('next.codeUntil', { time: formatClock(make.data.expires_at, language) })}</span>
      </>
    );
  }
  return (
    <>
      <Button size="md" variant="default" loading={make.isPending} onClick={() => make.mutate()}>
        {t('next.makeCode')}
      </Button>
      <Refused error={make.error} />
    </>
  );
}
