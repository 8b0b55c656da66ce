import { useTranslation } from 'react-i18next';
import { useLanguage } from '../../i18n';
import type { Field } from '../../ui/form/fields';
import type { Value } from '../../ui/form/SchemaForm';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import type { Difference } from './queries';
import { useValueText } from './words';

type Props = { differences: readonly Difference[]; fields: Field[] };

/** What each field was and is. */
export function DifferenceList({ differences, fields }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const textOf = useValueText();
  return (
    <dl className={record.facts}>
      {differences.map(({ field, before, after }) => {
        const known = fields.find(({ key }) => key === field);
        return [
          <dt key={`${field}-name`}>{known?.title[language] ?? field}</dt>,
          <dd key={field}>
            <div>{t('modules.before', { value: textOf(known, before) })}</div>
            <div>{t('modules.after', { value: textOf(known, after) })}</div>
          </dd>,
        ];
      })}
    </dl>
  );
}

type PendingProps = { before: Value; after: Value; fields: Field[] };

/** What saving the form would change. */
export function PendingDifference({ before, after, fields }: PendingProps) {
  const { t } = useTranslation();
  const differences = fields
    .filter(({ key }) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map(({ key }) => ({ field: key, before: before[key], after: after[key] }));
  return (
    <section aria-label={t('modules.pending')}>
      <h3 className={text.h2}>{t('modules.pending')}</h3>
      <DifferenceList differences={differences} fields={fields} />
    </section>
  );
}
