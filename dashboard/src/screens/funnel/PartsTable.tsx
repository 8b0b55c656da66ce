import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { formatCount, formatShare } from '../../format/money';
import { useLanguage } from '../../i18n';
import { useSourceName } from '../../parts/sources/useSourceName';
import layout from '../../ui/layout.module.css';
import { type Column, DataTable } from '../../ui/table/DataTable';
import text from '../../ui/text.module.css';
import { useGo } from '../../view/useGo';
import type { FunnelAnswer, FunnelPart } from './queries';

type Props = { answer: FunnelAnswer; asOf: number; shop: Shop };

/** The same funnel of each link, language or product. */
export function PartsTable({ answer, asOf, shop }: Props) {
  const { t } = useTranslation();
  const go = useGo();
  const nameOf = useNames(answer);
  const columns = useColumns(answer, nameOf);
  // Who came by themselves, or by a link that is gone, cannot be listed.
  const open = ({ label }: FunnelPart) => {
    if (label) void go('/customers', { search: { shops: [shop.id], source: label } });
  };
  return (
    <section className={layout.stack} aria-labelledby="funnel-parts">
      <h2 className={text.h2} id="funnel-parts">
        {t(`funnelScreen.by.${answer.by}`)}
      </h2>
      <DataTable
        label={t(`funnelScreen.by.${answer.by}`)}
        columns={columns}
        rows={answer.parts}
        keyOf={({ key }) => key}
        nameOf={nameOf}
        // Of a link, the people can be listed.
        onOpen={answer.by === 'source' ? open : undefined}
        asOf={asOf}
        empty={null}
      />
      {answer.parts_left_off > 0 && (
        <p className={text.note}>{t('funnelScreen.leftOff', { count: answer.parts_left_off })}</p>
      )}
    </section>
  );
}

function useNames({ by }: FunnelAnswer) {
  const { t } = useTranslation();
  const language = useLanguage();
  const sourceName = useSourceName();
  const languages = new Intl.DisplayNames(language, { type: 'language', fallback: 'code' });
  return ({ key, label }: FunnelPart): string => {
    if (label) return by === 'source' ? sourceName(label) : label;
    if (by === 'source') return t('funnelScreen.direct');
    if (by !== 'language') return t('funnelScreen.gone', { key });
    return key === 'und' ? t('funnelScreen.unknown') : languageName(languages, key);
  };
}

/** Telegram's code may be none that a browser knows. */
function languageName(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

function useColumns(
  answer: FunnelAnswer,
  nameOf: (part: FunnelPart) => string,
): Column<FunnelPart>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  return [
    {
      id: 'name',
      title: t('funnelScreen.name'),
      width: 170,
      cell: (part) => <b>{nameOf(part)}</b>,
      value: nameOf,
      isSortable: true,
      onPhone: 'title',
    },
    ...answer.steps.map(
      ({ step }, index): Column<FunnelPart> => ({
        id: step,
        title: t(`funnelScreen.step.${step}`),
        width: 110,
        isNumber: true,
        cell: ({ steps }) => formatCount(steps[index]?.users ?? 0, language),
        value: ({ steps }) => steps[index]?.users ?? 0,
        isSortable: true,
      }),
    ),
    {
      id: 'share',
      title: t('funnelScreen.toEnd'),
      width: 120,
      isNumber: true,
      cell: ({ steps }) => formatShare(steps.at(-1)?.of_first ?? null, language),
      value: ({ steps }) => steps.at(-1)?.of_first ?? null,
      isSortable: true,
    },
  ];
}
