import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import type { Shopper } from './queries';
import { useUndo } from './useDecision';
import { useFraudWords } from './words';

type Props = { shop: Shop; shopper: Shopper; mayUndo: boolean };

/** What was decided about a shopper, the newest first; one that stands can be taken back. */
export function Decisions({ shop, shopper: { decisions }, mayUndo }: Props) {
  const { t } = useTranslation();
  const words = useFraudWords();
  const moment = dateFormat(useLanguage(), {
    timeZone: shop.timezone,
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  const undo = useUndo(shop.id, () => undefined);
  if (decisions.length === 0) return null;
  return (
    <section aria-label={t('fraud.decisions')}>
      <h3 className={text.h2}>{t('fraud.decisions')}</h3>
      <ol className={record.timeline}>
        {decisions.map((each) => (
          <li key={each.id}>
            <b>{words.decisionOf(each.decision)}</b>
            {each.abuse && ` · ${words.abuseOf(each.abuse)}`}
            {each.note && <div>{each.note}</div>}
            <div className={text.note}>
              {words.deciderOf(each) && `${words.deciderOf(each)} · `}
              <time dateTime={each.decided_at}>{moment.format(new Date(each.decided_at))}</time>
            </div>
            {each.undone_at ? (
              <div className={text.note}>
                {t('fraud.undone', { by: each.undone_by || t('fraud.somebody') })}
              </div>
            ) : (
              mayUndo && (
                <Button
                  size="md"
                  variant="subtle"
                  loading={undo.isPending && undo.variables.id === each.id}
                  aria-label={`${t('fraud.takeBack')}: ${words.decisionOf(each.decision)}`}
                  onClick={() => undo.mutate(each)}
                >
                  {t('fraud.takeBack')}
                </Button>
              )
            )}
          </li>
        ))}
      </ol>
      <Refused error={undo.error} />
    </section>
  );
}
