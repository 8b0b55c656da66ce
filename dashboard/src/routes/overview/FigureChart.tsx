import { Button, Card, Skeleton } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Figure, Overview } from '../../api/contract';
import { formatFigure } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Boundary } from '../../ui/Boundary';
import { ScrollTable } from '../../ui/ScrollTable';
import { cardsOf, chosenCard, lastIsIncomplete } from './cards';

const LineChart = lazy(() => import('./LineChart'));
const route = getRouteApi('/shell/');
export const CHART_HEIGHT = 260;

/** The chosen card's series, as a line or as the same numbers in a table. */
export function FigureChart({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { card, table = false } = route.useSearch();
  const navigate = route.useNavigate();
  const figure = chosenCard(cardsOf(overview.figures), card);
  if (!figure) return null;
  // Where the zones differ, `at` is each shop's own clock, written as if in UTC.
  const timeZone = overview.timezone ?? 'UTC';
  const step = overview.period === 'today' ? 'hour' : 'day';
  const incomplete = lastIsIncomplete(figure.series, overview);
  const name = t(`figures.${figure.key}`);
  return (
    <Card withBorder component="section" aria-labelledby="chart-title">
      <div className="card-head">
        <div>
          <h2 className="h2" id="chart-title">
            {t(`chart.by_${step}`, { name })}
          </h2>
          <p className="note">
            {overview.timezone
              ? t('chart.zone', { zone: overview.timezone })
              : t('chart.zonesDiffer')}
            {incomplete && ` ${t('chart.incomplete')}`}
          </p>
        </div>
        <Button
          variant="default"
          size="compact-sm"
          onClick={() =>
            void navigate({
              search: (before) => ({ ...before, table: table ? undefined : true }),
              replace: true,
              resetScroll: false,
            })
          }
        >
          {t(table ? 'chart.showChart' : 'chart.showTable')}
        </Button>
      </div>
      {figure.series.length === 0 ? (
        <p className="empty">{t('chart.empty')}</p>
      ) : table ? (
        <SeriesTable figure={figure} timeZone={timeZone} step={step} name={name} />
      ) : (
        <Boundary>
          <Suspense fallback={<Skeleton h={CHART_HEIGHT} />}>
            <LineChart
              figure={figure}
              timeZone={timeZone}
              step={step}
              incomplete={incomplete}
              language={language}
              description={t('chart.description', {
                name,
                value: formatFigure(figure, figure.value, language),
              })}
            />
          </Suspense>
        </Boundary>
      )}
    </Card>
  );
}

type TableProps = { figure: Figure; timeZone: string; step: 'hour' | 'day'; name: string };

function SeriesTable({ figure, timeZone, step, name }: TableProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const format = dateFormat(language, {
    timeZone,
    day: 'numeric',
    month: 'short',
    ...(step === 'hour' ? { hour: '2-digit', minute: '2-digit' } : { weekday: 'short' }),
  });
  return (
    <ScrollTable label={t('chart.table')}>
      <thead>
        <tr>
          <th scope="col">{t(`chart.column_${step}`)}</th>
          <th scope="col">{name}</th>
        </tr>
      </thead>
      <tbody>
        {figure.series.toReversed().map(({ at, value }) => (
          <tr key={at}>
            <th scope="row">{format.format(new Date(at))}</th>
            <td>{formatFigure(figure, value, language)}</td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  );
}
