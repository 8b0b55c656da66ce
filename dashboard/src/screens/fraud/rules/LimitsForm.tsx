import { Button, Card, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../../api/client';
import { isConflict } from '../../../api/errors';
import { Conflict } from '../../../ui/form/Conflict';
import { LeaveGuard } from '../../../ui/form/LeaveGuard';
import { useDraft } from '../../../ui/form/useDraft';
import layout from '../../../ui/layout.module.css';
import { useProblemText } from '../../../ui/problem';
import { Refused } from '../../../ui/Refused';
import record from '../../../ui/record/record.module.css';
import text from '../../../ui/text.module.css';
import { LIMITS, type Limits, limitsPreviewQuery } from '../queries';
import { useRuleChange } from './useRuleChange';
import { typedNumber, typedOf, useRuleWords } from './words';

type Props = { shopId: number; limits: Limits; version: string; mayChange: boolean };

/** The limits as they are typed. */
const draftOf = ({ limits: { review, block } }: { limits: Limits }) => ({
  review: typedOf(review),
  block: typedOf(block),
});

const fits = (value: number | undefined) => value !== undefined && value > 0 && value <= 100;

/** From which scores a person should look, and a shopper is stopped. */
export function LimitsForm({ shopId, limits, version, mayChange }: Props) {
  const { t } = useTranslation();
  const read = useMemo(() => ({ limits, version }), [limits, version]);
  const form = useDraft(read, draftOf);
  const { typed, isChanged } = form;
  const [looked, setLooked] = useState<Limits>();
  const review = typedNumber(typed.review);
  const block = typedNumber(typed.block);
  const isRight =
    fits(review) && fits(block) && review !== undefined && block !== undefined && review <= block;
  const save = useRuleChange(({ body, over }: { body: Limits; over: string }) =>
    send('put', LIMITS, {
      params: { path: { shop_id: shopId }, header: { 'if-match': over } },
      body,
    }),
  );
  const wanted = isRight ? { review: review as number, block: block as number } : undefined;
  const saveOver = (over: string) => {
    if (wanted) save.mutate({ body: wanted, over }, { onSuccess: form.drop });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saveOver(form.base.version);
  };
  const takeTheirs = () => {
    save.reset();
    form.drop();
  };
  return (
    <Card withBorder component="section" aria-label={t('fraudRules.limits')}>
      <h2 className={text.h2}>{t('fraudRules.limits')}</h2>
      <p className={text.note}>{t('fraudRules.limitsWhat')}</p>
      <form noValidate onSubmit={submit} className={record.form}>
        <LeaveGuard isChanged={isChanged && !save.isPending} />
        <div className={layout.fields}>
          {(['review', 'block'] as const).map((key) => (
            <TextInput
              key={key}
              size="md"
              inputMode="decimal"
              label={t(`fraudRules.limit.${key}`)}
              value={typed[key]}
              readOnly={!mayChange}
              error={
                !fits(typedNumber(typed[key]))
                  ? t('fraudRules.limitWrong')
                  : key === 'review' && !isRight && fits(block) && t('fraudRules.limitOrder')
              }
              onChange={({ currentTarget }) => form.change({ [key]: currentTarget.value })}
            />
          ))}
        </div>
        {isConflict(save.error) ? (
          <Conflict onTakeTheirs={takeTheirs} onKeepMine={() => saveOver(version)} />
        ) : (
          <Refused error={save.error} />
        )}
        <div className={record.buttons}>
          {mayChange && (
            <Button
              type="submit"
              size="md"
              loading={save.isPending}
              disabled={!isChanged || !isRight}
            >
              {t('fraudRules.save')}
            </Button>
          )}
          <Button size="md" variant="default" disabled={!isRight} onClick={() => setLooked(wanted)}>
            {t('fraudRules.preview')}
          </Button>
        </div>
        {looked && <Preview shopId={shopId} limits={looked} />}
      </form>
    </Card>
  );
}

function Preview({ shopId, limits }: { shopId: number; limits: Limits }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const words = useRuleWords();
  const { data, error } = useQuery(limitsPreviewQuery(shopId, limits));
  return (
    <p role="status">
      {error
        ? problemText(error)
        : data
          ? t('fraudRules.limitsPreview', {
              stopped: words.hitsOf(data.stopped, data.users),
              reviewed: words.hitsOf(data.reviewed, data.users),
            })
          : t('loading')}
    </p>
  );
}
