import { useTranslation } from 'react-i18next';
import { formatCount, formatMoney, majorUnits, NONE } from '../../format/money';
import { useLanguage } from '../../i18n';
import { useSourceName } from '../../parts/sources/useSourceName';
import type { Column } from '../../ui/table/DataTable';
import text from '../../ui/text.module.css';
import type { Row } from './queries';

type Name = 'sales' | 'users' | 'buyers' | 'cac' | 'cpa' | 'roas';

/** The columns of links; money is in the shop's own currency. */
export function useColumns(currency: string) {
  const { t } = useTranslation();
  const language = useLanguage();
  const sourceName = useSourceName();
  const nameOf = ({ source, code }: Row): string =>
    source?.label || (code ? sourceName(code) : t('sources.direct'));
  const number = (name: Name, isMoney: boolean, write: (value: number) => string): Column<Row> => ({
    id: name,
    title: t(`sources.column.${name}`),
    width: 110,
    isNumber: true,
    cell: (row) => {
      const value = row[name];
      return value === null ? NONE : write(value);
    },
    value: (row) => {
      const value = row[name];
      return value !== null && isMoney ? majorUnits(value, currency) : value;
    },
    isSortable: true,
  });
  const money = (value: number) => formatMoney(Math.round(value), currency, language);
  const count = (value: number) => formatCount(value, language);
  const list: Column<Row>[] = [
    {
      id: 'name',
      title: t('sources.column.name'),
      width: 200,
      cell: (row) => (
        <>
          <b>{nameOf(row)}</b>
          {row.source?.label && <div className={text.note}>{row.code}</div>}
        </>
      ),
      value: nameOf,
      isSortable: true,
      onPhone: 'title',
    },
    {
      id: 'campaign',
      title: t('sources.column.campaign'),
      width: 150,
      cell: ({ source }) => [source?.campaign, source?.medium].filter(Boolean).join(' · ') || NONE,
      value: ({ source }) => [source?.campaign, source?.medium].filter(Boolean).join(' · '),
    },
    number('users', false, count),
    number('buyers', false, count),
    number('sales', true, money),
    number('cac', true, money),
    number('cpa', true, money),
    number('roas', false, (value) => `×${count(value)}`),
  ];
  return { list, nameOf };
}
