import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../../api/model';
import { meQuery } from '../../../api/queries';
import { formatShare } from '../../../format/money';
import { formatSpan } from '../../../format/time';
import { useLanguage } from '../../../i18n';
import { OneShopPage } from '../../../parts/shops/OneShopPage';
import { LinkButton } from '../../../ui/LinkButton';
import layout from '../../../ui/layout.module.css';
import { Pill, type Tone } from '../../../ui/Pill';
import { Empty } from '../../../ui/page/Empty';
import { Loaded } from '../../../ui/page/Loaded';
import { type Column, DataTable } from '../../../ui/table/DataTable';
import text from '../../../ui/text.module.css';
import { useScreenSearch } from '../../../view/useScreenSearch';
import { type Rule, rulesQuery } from '../queries';
import { LimitsForm } from './LimitsForm';
import { RulePanel } from './RulePanel';
import { parseRulesSearch, type RulesSearch } from './search';
import { useRuleWords } from './words';

type Change = (part: Partial<RulesSearch>, options?: { push?: boolean }) => void;

/** What the fraud filter looks at in a shop, how much each signal counts, and from when. */
export function RulesPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseRulesSearch);
  return (
    <OneShopPage
      title={t('fraudRules.title')}
      chosen={search.shop}
      onChoose={(shop) => change({ shop, rule: undefined })}
      actions={(shop) => (
        <LinkButton to="/fraud" variant="default" search={{ shop: shop.id }}>
          {t('fraudRules.toQueue')}
        </LinkButton>
      )}
    >
      {(shop) => <Rules shop={shop} search={search} change={change} />}
    </OneShopPage>
  );
}

type Props = { shop: Shop; search: RulesSearch; change: Change };

function Rules({ shop, search, change }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const query = useQuery(rulesQuery(shop.id));
  const { data: me } = useQuery(meQuery);
  const columns = useColumns();
  const mayChange = me?.role === 'owner';
  return (
    <Loaded query={query} height={640}>
      {({ data, version }) => (
        <div className={layout.stack}>
          <LimitsForm
            shopId={shop.id}
            limits={data.limits}
            version={version}
            mayChange={mayChange}
          />
          <p className={text.note}>{t('fraudRules.what')}</p>
          <DataTable
            label={t('fraudRules.title')}
            columns={columns}
            rows={data.rules}
            keyOf={({ key }) => key}
            nameOf={({ title }) => title[language]}
            onOpen={({ key }) => change({ rule: key }, { push: true })}
            asOf={query.dataUpdatedAt}
            empty={<Empty title={t('fraudRules.none')} />}
          />
          <RulePanel
            shopId={shop.id}
            rule={data.rules.find(({ key }) => key === search.rule)}
            version={version}
            mayChange={mayChange}
            onClose={() => change({ rule: undefined })}
          />
        </div>
      )}
    </Loaded>
  );
}

const toneOf = ({ is_on, is_shadow }: Rule): Tone =>
  is_on ? (is_shadow ? 'waiting' : 'good') : 'plain';

function useColumns(): Column<Rule>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useRuleWords();
  return [
    {
      id: 'title',
      title: t('fraudRules.column.rule'),
      width: 320,
      cell: ({ title, own }) => (
        <>
          <b>{title[language]}</b>
          {own && ` · ${t('fraudRules.changed')}`}
        </>
      ),
      value: ({ title }) => title[language],
      onPhone: 'title',
    },
    {
      id: 'abuse',
      title: t('fraud.column.abuse'),
      width: 180,
      cell: ({ abuse_title }) => abuse_title[language],
      value: ({ abuse_title }) => abuse_title[language],
    },
    {
      id: 'state',
      title: t('fraudRules.column.state'),
      width: 140,
      cell: (rule) => <Pill tone={toneOf(rule)}>{words.stateOf(rule)}</Pill>,
      value: words.stateOf,
    },
    {
      id: 'threshold',
      title: t('fraudRules.column.threshold'),
      width: 130,
      isNumber: true,
      cell: (rule) => words.valueOf(rule, rule.threshold),
      value: ({ threshold }) => threshold,
    },
    {
      id: 'window',
      title: t('fraudRules.column.window'),
      width: 110,
      cell: ({ window_seconds }) => formatSpan(window_seconds, language),
      value: ({ window_seconds }) => window_seconds,
    },
    {
      id: 'weight',
      title: t('fraudRules.column.weight'),
      width: 90,
      isNumber: true,
      cell: ({ weight }) => formatShare(weight, language),
      value: ({ weight }) => weight,
    },
  ];
}
