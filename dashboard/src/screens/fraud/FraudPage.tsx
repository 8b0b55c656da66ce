import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { OneShopPage } from '../../parts/shops/OneShopPage';
import { Choice } from '../../ui/choice/Choice';
import { LinkButton } from '../../ui/LinkButton';
import layout from '../../ui/layout.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import { Actions } from './Actions';
import { DecidedLine } from './DecidedLine';
import { Lists } from './Lists';
import { Queue } from './Queue';
import { ShopperPanel } from './ShopperPanel';
import { type FraudSearch, PARTS, parseFraudSearch } from './search';
import type { Decided } from './useDecision';

export type Change = (part: Partial<FraudSearch>, options?: { push?: boolean }) => void;

const CLOSED = { buyer: undefined, about: undefined };

/** Whom the filter doubts and why, what a person decides about them, and who is on the lists. */
export function FraudPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseFraudSearch);
  return (
    <OneShopPage
      title={t('fraud.title')}
      chosen={search.shop}
      onChoose={(shop) => change({ shop, ...CLOSED })}
      actions={(shop) => (
        <LinkButton to="/fraud/rules" variant="default" search={{ shop: shop.id }}>
          {t('fraud.toRules')}
        </LinkButton>
      )}
    >
      {(shop) => <OfShop shop={shop} search={search} change={change} />}
    </OneShopPage>
  );
}

type Props = { shop: Shop; search: FraudSearch; change: Change };

function OfShop({ shop, search, change }: Props) {
  const { t } = useTranslation();
  const [last, setLast] = useState<Decided>();
  const { part } = search;
  return (
    <div className={layout.stack}>
      <Choice
        label={t('fraud.parts')}
        value={part}
        choices={PARTS.map((value) => ({ value, label: t(`fraud.part.${value}`) }))}
        onChoose={(value) => change({ part: value, ...CLOSED })}
      />
      <DecidedLine shopId={shop.id} last={last} onUndone={() => setLast(undefined)} />
      {part === 'queue' ? (
        <Queue {...{ shop, search, change }} />
      ) : part === 'actions' ? (
        <Actions shop={shop} change={change} />
      ) : (
        <Lists key={part} shop={shop} part={part} change={change} />
      )}
      <ShopperPanel
        shop={shop}
        search={search}
        onClose={() => change(CLOSED)}
        onDecided={(decided, next) => {
          setLast(decided);
          if (next) change({ buyer: next.buyer_no, about: next.abuse as FraudSearch['about'] });
          else change(CLOSED);
        }}
        onMove={(to) => change({ buyer: to.buyer_no, about: to.abuse as FraudSearch['about'] })}
      />
    </div>
  );
}
