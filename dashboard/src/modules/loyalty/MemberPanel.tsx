import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { meQuery } from '../../api/queries';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { LinkButton } from '../../ui/LinkButton';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { ChangePoints } from './ChangePoints';
import { type Member, memberQuery } from './queries';

type Props = { shop: Shop; botId: number; buyerNo: number | undefined; onClose: () => void };

/** One customer's points beside the list: what came and went, and giving or taking some. */
export function MemberPanel({ shop, botId, buyerNo, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <SidePanel isOpen={buyerNo !== undefined} onClose={onClose} title={t('loyalty.one')}>
      {buyerNo !== undefined && <Known key={buyerNo} {...{ shop, botId, buyerNo }} />}
    </SidePanel>
  );
}

type KnownProps = { shop: Shop; botId: number; buyerNo: number };

function Known({ shop, botId, buyerNo }: KnownProps) {
  const { data: me } = useQuery(meQuery);
  const query = useQuery(memberQuery(botId, buyerNo));
  return (
    <Loaded query={query} height={400}>
      {(member) => (
        <div className={record.story}>
          <Head member={member} shop={shop} />
          {me?.role === 'owner' && <ChangePoints botId={botId} buyerNo={buyerNo} />}
          <Movements member={member} timeZone={shop.timezone} />
        </div>
      )}
    </Loaded>
  );
}

function Head({ member, shop }: { member: Member; shop: Shop }) {
  const { t } = useTranslation();
  const { buyer_no, tier, percent, balance } = member;
  return (
    <div className={record.form}>
      <div className={record.head}>
        <h2 className={text.h2}>{t('loyalty.buyer', { number: buyer_no })}</h2>
        <Pill tone={tier === 'base' ? 'plain' : 'good'}>
          {t(`loyalty.tier.${tier}`, { percent })}
        </Pill>
      </div>
      <dl className={record.facts}>
        {(['usable', 'waiting', 'expiring'] as const).map((name) => [
          <dt key={name}>{t(`loyalty.fact.${name}`)}</dt>,
          <dd key={`${name}-number`}>{balance[name]}</dd>,
        ])}
      </dl>
      <div className={record.buttons}>
        <LinkButton
          to="/customers"
          variant="default"
          search={{ shops: [shop.id], buyer: buyer_no }}
        >
          {t('loyalty.customer')}
        </LinkButton>
      </div>
    </div>
  );
}

function Movements({ member, timeZone }: { member: Member; timeZone: string }) {
  const { t } = useTranslation();
  const moment = dateFormat(useLanguage(), { timeZone, dateStyle: 'medium' });
  if (member.movements.length === 0) return <p className={text.note}>{t('loyalty.nothing')}</p>;
  return (
    <dl className={record.facts}>
      {member.movements.map(({ points, order_no, is_open, reason, at }) => {
        const what =
          order_no === null
            ? reason || t('loyalty.given')
            : t(is_open ? 'loyalty.openOrder' : 'loyalty.order', { number: order_no });
        return [
          <dt key={`${at}-${points}-when`}>
            <time dateTime={at}>{moment.format(new Date(at))}</time>
          </dt>,
          <dd key={`${at}-${points}-what`}>
            {points > 0 ? `+${points}` : `−${-points}`}, {what}
          </dd>,
        ];
      })}
    </dl>
  );
}
