import { Card } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { ModulePage } from '../../parts/modules/ModulePage';
import type { ModuleBot } from '../../parts/modules/useModuleBots';
import { LinkButton } from '../../ui/LinkButton';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { ScrollTable } from '../../ui/table/ScrollTable';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import styles from './gates.module.css';
import { type Standing, standingQuery } from './queries';
import { parseGatesSearch } from './search';

/** What people pass before they are let in: how many have, and whether channels can be checked. */
export function GatesPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseGatesSearch);
  return (
    <ModulePage
      moduleKey="gates"
      title={t('gates.title')}
      chosen={search.bot}
      onChoose={(bot) => change({ bot })}
    >
      {(current) => <Gates current={current} />}
    </ModulePage>
  );
}

function Gates({ current: { shop, bot } }: { current: ModuleBot }) {
  const { t } = useTranslation();
  const query = useQuery(standingQuery(bot.id));
  return (
    <div className={layout.stack}>
      <div>
        <LinkButton to="/modules" search={{ bot: bot.id, module: 'gates' }} variant="default">
          {t('gates.settings')}
        </LinkButton>
      </div>
      <Loaded query={query} height={320}>
        {({ passed, channels }) => (
          <>
            <Passed passed={passed} timeZone={shop.timezone} />
            <Channels channels={channels} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Passed({ passed, timeZone }: { passed: Standing['passed']; timeZone: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const moment = dateFormat(language, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  if (passed.length === 0) return <Empty title={t('gates.none')} what={t('gates.noneWhat')} />;
  return (
    <ScrollTable label={t('gates.title')}>
      <thead>
        <tr>
          <th scope="col">{t('gates.gate')}</th>
          <th scope="col">{t('gates.passed')}</th>
          <th scope="col">{t('gates.last')}</th>
        </tr>
      </thead>
      <tbody>
        {passed.map((each) => (
          <tr key={each.gate}>
            <th scope="row">{t(`gates.name.${each.gate}`)}</th>
            <td>{formatCount(each.passed, language)}</td>
            <td>
              <time dateTime={each.last_at}>{moment.format(new Date(each.last_at))}</time>
            </td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  );
}

/** The channels to subscribe to, and what Telegram says of each. */
function Channels({ channels }: { channels: Standing['channels'] }) {
  const { t, i18n } = useTranslation();
  const whyOf = (code: string) =>
    i18n.exists(`gates.why.${code}`) ? t(`gates.why.${code}`) : t('gates.refused', { code });
  if (channels.length === 0) return null;
  return (
    <Card withBorder component="section">
      <h2 className={text.h2}>{t('gates.channels')}</h2>
      <ul className={styles.channels}>
        {channels.map(({ chat, error }) => (
          <li key={chat}>
            <b>{chat}</b>
            <Pill tone={error ? 'bad' : 'good'}>
              {error ? t('gates.unchecked', { why: whyOf(error) }) : t('gates.checked')}
            </Pill>
          </li>
        ))}
      </ul>
      {channels.some(({ error }) => error) && <p className={text.note}>{t('gates.mend')}</p>}
    </Card>
  );
}
