import { Button, Kbd, Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../api/errors';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { useProblemText } from '../../ui/problem';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './fraud.module.css';
import type { DecisionKind, Shopper } from './queries';
import type { Abuse, FraudSearch } from './search';
import { type Decided, useDecision } from './useDecision';
import { type ReviewKey, useReviewKeys } from './useReviewKeys';

const KEYS: Partial<Record<ReviewKey, DecisionKind>> = {
  A: 'false_positive',
  B: 'confirmed',
  I: 'ignored',
};

type Props = {
  shopId: number;
  shopper: Shopper;
  version: string;
  about: FraudSearch['about'];
  note: string;
  onNote: (note: string) => void;
  onDecided: (decided: Decided) => void;
};

/** What the owner decides about a shopper: of one doubt, or of all by the allow-list. */
export function Verdict({ shopId, shopper, version, about, note, onNote, onDecided }: Props) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const decide = useDecision(shopId, version, onDecided);
  const { customer, cases } = shopper;
  const abuse = about ?? (cases[0]?.abuse as Abuse | undefined);
  const isAllowed = shopper.decisions.find(
    ({ decision, undone_at }) =>
      !undone_at && (decision === 'allowed' || decision === 'disallowed'),
  );
  const onList = cases.some(({ is_allowed }) => is_allowed) || isAllowed?.decision === 'allowed';
  const press = (decision: DecisionKind) => {
    if (decide.isPending) return;
    const isOfAll = decision === 'allowed' || decision === 'disallowed';
    if (!isOfAll && !abuse) return;
    decide.mutate({
      buyerNo: customer.buyer_no,
      decision,
      abuse: isOfAll ? undefined : abuse,
      note: note.trim(),
    });
  };
  useReviewKeys((key) => {
    const decision = KEYS[key];
    if (decision) press(decision);
  });
  const button = (decision: DecisionKind, key?: ReviewKey) => (
    <Button
      key={decision}
      size="md"
      variant={decision === 'confirmed' ? 'filled' : 'default'}
      color={decision === 'confirmed' ? 'red' : undefined}
      loading={decide.isPending && decide.variables.decision === decision}
      onClick={() => press(decision)}
      rightSection={
        key && (
          <Kbd className={styles.key} aria-hidden="true">
            {key}
          </Kbd>
        )
      }
    >
      {t(`fraud.decide.${decision}`)}
    </Button>
  );
  return (
    <section className={record.form} aria-label={t('fraud.decision')}>
      <LeaveGuard isChanged={note.trim() !== '' && !decide.isSuccess} />
      <Textarea
        size="md"
        label={t('fraud.note')}
        description={t('fraud.noteWhat')}
        maxLength={500}
        autosize
        minRows={1}
        value={note}
        onChange={({ currentTarget }) => onNote(currentTarget.value)}
      />
      <div className={record.buttons}>
        {abuse && [button('false_positive', 'A'), button('confirmed', 'B'), button('ignored', 'I')]}
        {button(onList ? 'disallowed' : 'allowed')}
      </div>
      <p className={text.note}>{t('fraud.decideWhat')}</p>
      {decide.error && (
        <p role="alert" className={text.error}>
          {decide.error instanceof ApiError && decide.error.status === 412
            ? t('fraud.changedMeanwhile')
            : problemText(decide.error)}
        </p>
      )}
    </section>
  );
}
