import { Button, Card, Skeleton } from '@mantine/core';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Figure } from '../../api/model';
import { formatFigure } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Boundary } from '../../ui/Boundary';
import { CHART_HEIGHT } from '../../ui/chart/height';
import layout from '../../ui/layout.module.css';
import { loadedLater } from '../../ui/loadedLater';
import { ScrollTable } from '../../ui/table/ScrollTable';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import { cardId, cardsOf, chosenCard, lastIsIncomplete } from './cards';
import type { Figures } from './range';
import { parseOverviewSearch } from './search';

const LineChart = loadedLater(() =>
  import('../../ui/chart/LineChart').then(({ default: LineChart }) => LineChart),
);

/** The chosen card's series, as a line or as the same numbers in a table. */
export function FigureChart({ figures }: { figures: Figures }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [{ card, table }, setSearch] = useScreenSearch(parseOverviewSearch);
  const figure = chosenCard(cardsOf(figures.figures), card);
  if (!figure) return null;
  // Where the zones differ, `at` is each shop's own clock, written as if in UTC.
  const timeZone = figures.timezone ?? 'UTC';
  const { step } = figures;
  const incomplete = lastIsIncomplete(figure.series, figures);
  const previous = previousOf(figure, figures);
  const name = t(`figures.${figure.key}`);
  return (
    <Card withBorder component="section" aria-labelledby="chart-title">
      <div className={layout.cardHead}>
        <div>
          <h2 className={text.h2} id="chart-title">
            {t(`chart.by_${step}`, { name })}
          </h2>
          <p className={text.note}>
            {figures.timezone
              ? t('chart.zone', { zone: figures.timezone })
              : t('chart.zonesDiffer')}
            {incomplete && ` ${t('chart.incomplete')}`}
            {previous && ` ${t('chart.before')}`}
          </p>
        </div>
        <Button
          variant="default"
          size="md"
          onClick={() => setSearch({ table: table ? undefined : true })}
        >
          {t(table ? 'chart.showChart' : 'chart.showTable')}
        </Button>
      </div>
      {figure.series.length === 0 ? (
        <p className={text.empty}>{t('chart.empty')}</p>
      ) : table ? (
        <SeriesTable {...{ figure, previous, timeZone, step, name }} />
      ) : (
        <Boundary>
          <Suspense fallback={<Skeleton h={CHART_HEIGHT} />}>
            <LineChart
              figure={figure}
              timeZone={timeZone}
              step={step}
              incomplete={incomplete}
              language={language}
              previous={previous}
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

/** The figure's line of what it is compared with; undefined where there is none. */
function previousOf(figure: Figure, { before }: Figures): (number | null)[] | undefined {
  const points = before.get(cardId(figure));
  const line = points && figure.series.map(({ at }) => points.get(Date.parse(at)) ?? null);
  return line?.some((value) => value !== null) ? line : undefined;
}

type TableProps = {
  figure: Figure;
  previous: (number | null)[] | undefined;
  timeZone: string;
  step: Figures['step'];
  name: string;
};

function SeriesTable({ figure, previous, timeZone, step, name }: TableProps) {
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
          {previous && <th scope="col">{t('chart.column_before')}</th>}
        </tr>
      </thead>
      <tbody>
        {figure.series
          .map(({ at, value }, index) => (
            <tr key={at}>
              <th scope="row">{format.format(new Date(at))}</th>
              <td>{formatFigure(figure, value, language)}</td>
              {previous && <td>{formatFigure(figure, previous[index] ?? null, language)}</td>}
            </tr>
          ))
          .toReversed()}
      </tbody>
    </ScrollTable>
  );
}
