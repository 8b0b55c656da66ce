import { Button, Switch, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../../api/client';
import { isConflict } from '../../../api/errors';
import { formatSpan } from '../../../format/time';
import { useLanguage } from '../../../i18n';
import { SidePanel } from '../../../ui/drawer/SidePanel';
import { Conflict } from '../../../ui/form/Conflict';
import { LeaveGuard } from '../../../ui/form/LeaveGuard';
import { useDraft } from '../../../ui/form/useDraft';
import { useProblemText } from '../../../ui/problem';
import { Refused } from '../../../ui/Refused';
import { Facts } from '../../../ui/record/Facts';
import record from '../../../ui/record/record.module.css';
import text from '../../../ui/text.module.css';
import { ONE_RULE, type Rule, type RuleDraft, rulePreviewQuery } from '../queries';
import { useRuleChange } from './useRuleChange';
import { typedNumber, typedOf, useRuleWords } from './words';

type Props = {
  shopId: number;
  rule: Rule | undefined;
  version: string;
  mayChange: boolean;
  onClose: () => void;
};

const MOST = 1e9;

/** One rule beside the list: what it measures, how it counts here, whom it would have hit. */
export function RulePanel({ shopId, rule, version, mayChange, onClose }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <SidePanel
      isOpen={rule !== undefined}
      onClose={onClose}
      title={rule?.abuse_title[language] ?? t('fraudRules.title')}
    >
      {rule && (
        <div className={record.story}>
          <h2 className={text.h2}>{rule.title[language]}</h2>
          <Facts
            facts={[[t('fraudRules.column.window'), formatSpan(rule.window_seconds, language)]]}
          />
          <RuleForm
            key={rule.key}
            shopId={shopId}
            rule={rule}
            version={version}
            mayChange={mayChange}
          />
        </div>
      )}
    </SidePanel>
  );
}

type FormProps = Omit<Props, 'rule' | 'onClose'> & { rule: Rule };

/** Shares are typed in percent. */
const scaleOf = ({ is_share }: Rule) => (is_share ? 100 : 1);

/** A rule as it is typed. */
const draftOf = ({ rule }: { rule: Rule }) => ({
  is_on: rule.is_on,
  is_shadow: rule.is_shadow,
  weight: typedOf(rule.weight * 100),
  threshold: typedOf(rule.threshold * scaleOf(rule)),
});

function RuleForm({ shopId, rule, version, mayChange }: FormProps) {
  const { t } = useTranslation();
  const scale = scaleOf(rule);
  const read = useMemo(() => ({ rule, version }), [rule, version]);
  const form = useDraft(read, draftOf);
  const { typed, isChanged } = form;
  const [looked, setLooked] = useState<number>();
  const named = (over: string) => ({
    path: { shop_id: shopId, rule: rule.key },
    header: { 'if-match': over },
  });
  const save = useRuleChange(({ body, over }: { body: RuleDraft; over: string }) =>
    send('put', ONE_RULE, { params: named(over), body }),
  );
  const reset = useRuleChange((_: undefined) =>
    send('delete', ONE_RULE, { params: named(version) }),
  );
  const percent = typedNumber(typed.weight);
  const weight = percent === undefined ? undefined : percent / 100;
  const entered = typedNumber(typed.threshold);
  const threshold = entered === undefined ? undefined : entered / scale;
  const isWeightRight = weight !== undefined && weight >= 0 && weight <= 1;
  const isThresholdRight = threshold !== undefined && threshold > 0 && threshold <= MOST;
  const isRight = isWeightRight && isThresholdRight;
  const done = { onSuccess: form.drop };
  const saveOver = (over: string) => {
    if (!isRight) return;
    const { is_on, is_shadow } = typed;
    save.mutate({ body: { is_on, is_shadow, weight, threshold }, over }, done);
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
    <form noValidate onSubmit={submit} className={record.form}>
      <LeaveGuard isChanged={isChanged && !save.isPending && !reset.isPending} />
      <Switch
        size="md"
        label={t('fraudRules.isOn')}
        disabled={!mayChange}
        checked={typed.is_on}
        onChange={({ currentTarget }) => form.change({ is_on: currentTarget.checked })}
      />
      <Switch
        size="md"
        label={t('fraudRules.isShadow')}
        description={t('fraudRules.isShadowWhat')}
        disabled={!mayChange}
        checked={typed.is_shadow}
        onChange={({ currentTarget }) => form.change({ is_shadow: currentTarget.checked })}
      />
      <TextInput
        size="md"
        inputMode="decimal"
        label={t(rule.is_share ? 'fraudRules.thresholdShare' : 'fraudRules.threshold')}
        description={t('fraudRules.thresholdWhat')}
        readOnly={!mayChange}
        value={typed.threshold}
        error={!isThresholdRight && t('fraudRules.thresholdWrong')}
        onChange={({ currentTarget }) => form.change({ threshold: currentTarget.value })}
      />
      <TextInput
        size="md"
        inputMode="decimal"
        label={t('fraudRules.weight')}
        description={t('fraudRules.weightWhat')}
        readOnly={!mayChange}
        value={typed.weight}
        error={!isWeightRight && t('fraudRules.weightWrong')}
        onChange={({ currentTarget }) => form.change({ weight: currentTarget.value })}
      />
      {isConflict(save.error) ? (
        <Conflict onTakeTheirs={takeTheirs} onKeepMine={() => saveOver(version)} />
      ) : (
        <Refused error={save.error ?? reset.error} />
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
        <Button
          size="md"
          variant="default"
          disabled={!isThresholdRight}
          onClick={() => setLooked(threshold)}
        >
          {t('fraudRules.preview')}
        </Button>
        {mayChange && rule.own && (
          <Button
            size="md"
            variant="subtle"
            loading={reset.isPending}
            onClick={() => reset.mutate(undefined, done)}
          >
            {t('fraudRules.reset')}
          </Button>
        )}
      </div>
      {looked !== undefined && <Preview shopId={shopId} rule={rule} threshold={looked} />}
    </form>
  );
}

type PreviewProps = { shopId: number; rule: Rule; threshold: number };

function Preview({ shopId, rule, threshold }: PreviewProps) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const words = useRuleWords();
  const { data, error } = useQuery(rulePreviewQuery(shopId, rule.key, threshold));
  return (
    <p role="status">
      {error
        ? problemText(error)
        : data
          ? t('fraudRules.rulePreview', {
              threshold: words.valueOf(rule, data.threshold),
              hits: words.hitsOf(data.hits, data.users),
            })
          : t('loading')}
    </p>
  );
}
