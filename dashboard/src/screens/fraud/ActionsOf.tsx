import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { actionsQuery } from './queries';

type Props = { shop: Shop; buyerNo: number };

/** What bots did about one shopper, and why, the newest first. */
export function ActionsOf({ shop, buyerNo }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const query = useInfiniteQuery(actionsQuery(shop.id, buyerNo));
  const moment = dateFormat(language, {
    timeZone: shop.timezone,
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  return (
    <section aria-label={t('fraud.part.actions')}>
      <h3 className={text.h2}>{t('fraud.part.actions')}</h3>
      <Loaded query={query} height={80}>
        {({ pages }) => {
          const actions = pages.flatMap((page) => page.actions);
          if (actions.length === 0) return <p className={text.note}>{t('fraud.actionsNone')}</p>;
          return (
            <ol className={record.timeline}>
              {actions.map((each) => (
                <li key={each.id}>
                  <b>{each.words[language]}</b> · {each.title[language]}{' '}
                  {each.is_shadow && <Pill>{t('fraud.onlyNoted')}</Pill>}
                  {each.reasons.map((reason) => (
                    <div key={reason.rule}>{reason.words[language]}</div>
                  ))}
                  <div className={text.note}>
                    <time dateTime={each.last_at}>{moment.format(new Date(each.last_at))}</time>
                    {each.times > 1 && ` · ${t('fraud.times', { count: each.times })}`}
                  </div>
                </li>
              ))}
            </ol>
          );
        }}
      </Loaded>
      {query.hasNextPage && (
        <Button
          size="md"
          variant="default"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t('fraud.earlier')}
        </Button>
      )}
    </section>
  );
}
