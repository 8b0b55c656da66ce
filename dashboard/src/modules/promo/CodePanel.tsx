import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Bot, Shop } from '../../api/model';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { CodeForm } from './CodeForm';
import { codeQuery, isOfCodes, ONE, type PromoCode } from './queries';
import type { PromoSearch } from './search';
import { usePromoWords } from './words';

type Props = { shop: Shop; bot: Bot; code: PromoSearch['code']; onClose: () => void };

/** One code beside the list: a new one, or what came of it and how it is changed. */
export function CodePanel({ shop, bot, code, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <SidePanel
      isOpen={code !== undefined}
      onClose={onClose}
      title={t(code === 'new' ? 'promo.new' : 'promo.one')}
    >
      {code === 'new' && <CodeForm shop={shop} bot={bot} onDone={onClose} />}
      {typeof code === 'number' && (
        <Known key={code} shop={shop} bot={bot} promoId={code} onDone={onClose} />
      )}
    </SidePanel>
  );
}

type KnownProps = { shop: Shop; bot: Bot; promoId: number; onDone: () => void };

function Known({ shop, bot, promoId, onDone }: KnownProps) {
  const query = useQuery(codeQuery(bot.id, promoId));
  return (
    <Loaded query={query} height={480}>
      {(code) => (
        <div className={record.story}>
          <Head code={code} bot={bot} />
          <CodeForm key={code.version} shop={shop} bot={bot} code={code} onDone={onDone} />
        </div>
      )}
    </Loaded>
  );
}

function Head({ code, bot }: { code: PromoCode; bot: Bot }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const words = usePromoWords();
  const path = { bot_id: bot.id, promo_id: code.id };
  const flip = useMutation({
    mutationFn: () =>
      send('post', code.is_active ? `${ONE}/off` : `${ONE}/on`, { params: { path } }),
    onSettled: () => client.invalidateQueries({ predicate: isOfCodes }),
  });
  const link = code.link && bot.username ? `https://t.me/${bot.username}?start=${code.link}` : null;
  return (
    <div className={record.form}>
      <div className={record.head}>
        <h2 className={text.h2}>{code.code}</h2>
        <Pill tone={words.toneOf(code)}>{words.stateOf(code)}</Pill>
        <Button size="md" variant="default" loading={flip.isPending} onClick={() => flip.mutate()}>
          {t(code.is_active ? 'promo.switchOff' : 'promo.switchOn')}
        </Button>
      </div>
      <Refused error={flip.error} />
      <dl className={record.facts}>
        <dt>{t('promo.column.uses')}</dt>
        <dd>{words.usesOf(code)}</dd>
        <dt>{t('promo.column.discount')}</dt>
        <dd>{words.discountOf(code)}</dd>
        <dt>{t('promo.column.sales')}</dt>
        <dd>{words.salesOf(code)}</dd>
        {link && [
          <dt key="name">{t('promo.link')}</dt>,
          <dd key="link" className={text.mono}>
            {link}
          </dd>,
        ]}
      </dl>
    </div>
  );
}
