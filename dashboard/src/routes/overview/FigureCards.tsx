import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Figure, Overview } from '../../api/contract';
import { changeOf, formatChange, formatFigure } from '../../format/money';
import { useLanguage } from '../../i18n';
import { cardId, cardsOf, chosenCard } from './cards';
import { Sparkline } from './Sparkline';

const route = getRouteApi('/shell/');
const ROW = 6;

/** Wide screens: one row while it fits, else rows of the same length. */
const columnsFor = (count: number) => Math.ceil(count / Math.ceil(count / ROW));

/** The key figures; the pressed one drives the chart below. */
export function FigureCards({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { card } = route.useSearch();
  const navigate = route.useNavigate();
  const cards = cardsOf(overview.figures);
  const chosen = chosenCard(cards, card);
  return (
    <section
      aria-label={t('figures.label')}
      className="figures"
      data-columns={columnsFor(cards.length)}
    >
      {cards.map((figure) => (
        <button
          key={cardId(figure)}
          type="button"
          className="figure"
          aria-pressed={figure === chosen}
          onClick={() =>
            void navigate({
              search: (before) => ({ ...before, card: cardId(figure) }),
              replace: true,
              resetScroll: false,
            })
          }
        >
          <span className="figure-name">
            {t(`figures.${figure.key}`)}
            {figure.currency && figure.currency !== 'XTR' && ` · ${figure.currency}`}
          </span>
          <span className="figure-value">
            <FigureValue figure={figure} />
          </span>
          <span className="figure-foot">
            <Comparison figure={figure} />
            <Sparkline values={figure.series.map(({ value }) => value)} />
          </span>
        </button>
      ))}
      <p className="note figures-note">{t(`comparison.${overview.period}`)}</p>
    </section>
  );
}

function FigureValue({ figure }: { figure: Figure }) {
  return formatFigure(figure, figure.value, useLanguage());
}

function Comparison({ figure }: { figure: Figure }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const previous = formatFigure(figure, figure.previous, language);
  const change = changeOf(figure.value, figure.previous);
  return (
    <span className="figure-change">
      {change !== null && (
        <span className={change < 0 ? 'down' : change > 0 ? 'up' : undefined}>
          <span aria-hidden="true">{change < 0 ? '▼ ' : change > 0 ? '▲ ' : ''}</span>
          {formatChange(change, language)}
        </span>
      )}
      <span className="figure-previous">{t('comparison.was', { previous })}</span>
    </span>
  );
}
