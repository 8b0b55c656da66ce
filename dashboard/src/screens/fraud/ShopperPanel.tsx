import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { meQuery } from '../../api/queries';
import { BuyerHistory } from '../../parts/history/BuyerHistory';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { LinkButton } from '../../ui/LinkButton';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { ActionsOf } from './ActionsOf';
import { Decisions } from './Decisions';
import { type Case, queueQuery, type Shopper, shopperQuery } from './queries';
import { Reasons } from './Reasons';
import type { FraudSearch } from './search';
import type { Decided } from './useDecision';
import { useReviewKeys } from './useReviewKeys';
import { Verdict } from './Verdict';
import { useFraudWords } from './words';

type Props = {
  shop: Shop;
  search: FraudSearch;
  onClose: () => void;
  /** `next`: the case that is up now, if there is one. */
  onDecided: (decided: Decided, next: Case | undefined) => void;
  onMove: (to: Case) => void;
};

/** One shopper beside the queue: the doubts in words, what they did, and the decision. */
export function ShopperPanel({ shop, search, onClose, onDecided, onMove }: Props) {
  const { t } = useTranslation();
  const { buyer, about, part } = search;
  const queue = useInfiniteQuery({
    ...queueQuery(shop.id, search),
    enabled: part === 'queue' && buyer !== undefined,
  });
  const cases = queue.data?.pages.flatMap((page) => page.cases) ?? [];
  const at = cases.findIndex((each) => each.buyer_no === buyer && each.abuse === about);
  return (
    <SidePanel isOpen={buyer !== undefined} onClose={onClose} title={t('fraud.one')}>
      {buyer !== undefined && (
        <Story
          key={`${buyer} ${about}`}
          shop={shop}
          buyerNo={buyer}
          about={about}
          onMove={(step) => {
            const to = at < 0 ? undefined : cases[at + step];
            if (to) onMove(to);
          }}
          onDecided={(decided) =>
            onDecided(decided, part === 'queue' ? (cases[at + 1] ?? cases[at - 1]) : undefined)
          }
        />
      )}
    </SidePanel>
  );
}

type StoryProps = {
  shop: Shop;
  buyerNo: number;
  about: FraudSearch['about'];
  onMove: (step: 1 | -1) => void;
  onDecided: (decided: Decided) => void;
};

function Story({ shop, buyerNo, about, onMove, onDecided }: StoryProps) {
  const { t } = useTranslation();
  const [note, setNote] = useState('');
  useReviewKeys((key) => {
    const step = ({ J: 1, K: -1 } as const)[key as 'J' | 'K'];
    // What was typed about this one is not lost by one press.
    if (step && !note.trim()) onMove(step);
  });
  const query = useQuery(shopperQuery(shop.id, buyerNo));
  const { data: me } = useQuery(meQuery);
  const mayDecide = me?.role === 'owner';
  return (
    <Loaded query={query} height={480}>
      {({ data: shopper, version }) => (
        <div className={record.story}>
          <Head shop={shop} shopper={shopper} />
          {shopper.cases.length === 0 && <p>{t('fraud.noDoubts')}</p>}
          {[...shopper.cases]
            .sort((a, b) => Number(b.abuse === about) - Number(a.abuse === about))
            .map((each) => (
              <Reasons key={each.abuse} doubt={each} shop={shop} maySnooze={mayDecide} />
            ))}
          {mayDecide && (
            <Verdict
              shopId={shop.id}
              shopper={shopper}
              version={version}
              about={about}
              note={note}
              onNote={setNote}
              onDecided={onDecided}
            />
          )}
          <Decisions shop={shop} shopper={shopper} mayUndo={mayDecide} />
          <ActionsOf shop={shop} buyerNo={buyerNo} />
          <BuyerHistory shop={shop} buyerNo={buyerNo} />
        </div>
      )}
    </Loaded>
  );
}

function Head({ shop, shopper: { customer, cases } }: { shop: Shop; shopper: Shopper }) {
  const { t } = useTranslation();
  const words = useFraudWords();
  return (
    <div className={record.head}>
      <h2 className={text.h2}>{words.whoOf(customer.first_name, customer.buyer_no)}</h2>
      {cases.some(({ is_allowed }) => is_allowed) && (
        <Pill tone="good">{t('fraud.isAllowed')}</Pill>
      )}
      <LinkButton
        to="/customers"
        variant="default"
        search={{ shops: [shop.id], shop: shop.id, buyer: customer.buyer_no }}
      >
        {t('fraud.toCustomer')}
      </LinkButton>
    </div>
  );
}
