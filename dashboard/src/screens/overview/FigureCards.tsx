import { useTranslation } from 'react-i18next';
import type { Figure } from '../../api/model';
import { changeOf, formatChange, formatCount, formatFigure } from '../../format/money';
import { useLanguage } from '../../i18n';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import { cardId, cardsOf, chosenCard } from './cards';
import styles from './overview.module.css';
import type { Figures } from './range';
import { Sparkline } from './Sparkline';
import { parseOverviewSearch } from './search';

const ROW = 6;

/** Wide screens: one row while it fits, else rows of the same length. */
const columnsFor = (count: number) => Math.ceil(count / Math.ceil(count / ROW));

/** The key figures; the pressed one drives the chart below. */
export function FigureCards({ figures, note }: { figures: Figures; note: string }) {
  const { t } = useTranslation();
  const [{ card }, setSearch] = useScreenSearch(parseOverviewSearch);
  const cards = cardsOf(figures.figures);
  const chosen = chosenCard(cards, card);
  return (
    <section
      aria-label={t('figures.label')}
      className={styles.figures}
      data-columns={columnsFor(cards.length)}
    >
      {cards.map((figure) => (
        <button
          key={cardId(figure)}
          type="button"
          className={styles.figure}
          aria-pressed={figure === chosen}
          onClick={() => setSearch({ card: cardId(figure) })}
        >
          <span className={styles.name}>
            {t(`figures.${figure.key}`)}
            {figure.currency && figure.currency !== 'XTR' && ` · ${figure.currency}`}
          </span>
          <span className={styles.value} data-part="value">
            <FigureValue figure={figure} />
          </span>
          <span className={styles.foot}>
            <Comparison figure={figure} />
            <Sparkline values={figure.series.map(({ value }) => value)} />
          </span>
        </button>
      ))}
      <p className={`${text.note} ${styles.note}`}>{note}</p>
    </section>
  );
}

/** From here on a number is written smaller, so that it stays within its card on a phone. */
const LONG = 11;

function FigureValue({ figure }: { figure: Figure }) {
  const value = formatFigure(figure, figure.value, useLanguage());
  return <span className={value.length > LONG ? styles.long : undefined}>{value}</span>;
}

/** Ten times as much and more is said in times, for nobody reads millions of per cent. */
const MUCH = 9;
const MOST = 1000;

function Comparison({ figure }: { figure: Figure }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const previous = formatFigure(figure, figure.previous, language);
  const change = changeOf(figure.value, figure.previous);
  return (
    <span className={styles.change}>
      {change !== null && (
        <span className={change < 0 ? text.down : change > 0 ? text.up : undefined}>
          <span aria-hidden="true">{change < 0 ? '▼ ' : change > 0 ? '▲ ' : ''}</span>
          {change >= MUCH
            ? t('comparison.times', {
                times: formatCount(Math.min(Math.round(change + 1), MOST), language),
              })
            : formatChange(change, language)}
        </span>
      )}
      <span className={styles.previous}>{t('comparison.was', { previous })}</span>
    </span>
  );
}
