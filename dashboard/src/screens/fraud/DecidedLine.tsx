import { Button, Kbd } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import { type Decided, useUndo } from './useDecision';
import { useReviewKeys } from './useReviewKeys';
import { useFraudWords } from './words';

type Props = { shopId: number; last: Decided | undefined; onUndone: () => void };

/** What was decided last, with the way back. */
export function DecidedLine({ shopId, last, onUndone }: Props) {
  const { t } = useTranslation();
  const words = useFraudWords();
  const undo = useUndo(shopId, onUndone);
  useReviewKeys((key) => {
    if (key === 'Z' && last && !undo.isPending) undo.mutate(last);
  });
  return (
    <div>
      <div className={record.buttons} role="status">
        {last && (
          <>
            <span>
              {t('fraud.lastDecided', {
                number: last.buyer_no,
                decision: words.decisionOf(last.decision),
              })}
            </span>
            <Button
              size="md"
              variant="default"
              loading={undo.isPending}
              onClick={() => undo.mutate(last)}
              rightSection={<Kbd aria-hidden="true">Z</Kbd>}
            >
              {t('fraud.undo')}
            </Button>
          </>
        )}
      </div>
      <Refused error={undo.error} />
    </div>
  );
}
