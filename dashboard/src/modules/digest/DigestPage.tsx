import { Alert, Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { meQuery } from '../../api/queries';
import { ModulePage } from '../../parts/modules/ModulePage';
import type { ModuleBot } from '../../parts/modules/useModuleBots';
import { LinkButton } from '../../ui/LinkButton';
import layout from '../../ui/layout.module.css';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import style from './digest.module.css';
import { type DigestState, reportsQuery, TEST } from './queries';
import { ReportPanel } from './ReportPanel';
import { Reports } from './Reports';
import { parseDigestSearch } from './search';

/** What a shop's owners are told in their own chats: when, to whom, and what was sent. */
export function DigestPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseDigestSearch);
  return (
    <ModulePage
      moduleKey="digest"
      title={t('digest.title')}
      chosen={search.bot}
      onChoose={(bot) => change({ bot, report: undefined })}
    >
      {(current) => (
        <Digest
          current={current}
          report={search.report}
          onOpen={(report) => change({ report }, { push: report !== undefined })}
        />
      )}
    </ModulePage>
  );
}

type Props = {
  current: ModuleBot;
  report: number | undefined;
  onOpen: (report: number | undefined) => void;
};

function Digest({ current: { shop, bot }, report, onOpen }: Props) {
  const query = useQuery(reportsQuery(bot.id));
  return (
    <div className={layout.stack}>
      <Loaded query={query} height={480}>
        {(state) => (
          <>
            <When state={state} botId={bot.id} />
            <Reports
              reports={state.reports}
              timeZone={shop.timezone}
              asOf={query.dataUpdatedAt}
              onOpen={onOpen}
            />
            <ReportPanel
              report={state.reports.find(({ id }) => id === report)}
              shop={shop}
              onClose={() => onOpen(undefined)}
            />
          </>
        )}
      </Loaded>
    </div>
  );
}

/** When it goes to how many, and one to try. */
function When({ state, botId }: { state: DigestState; botId: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const test = useMutation({
    mutationFn: () => send('post', TEST, { params: { path: { bot_id: botId } } }),
    onSuccess: (now) => client.setQueryData(reportsQuery(botId).queryKey, now),
  });
  const { daily, weekly, chats, asked_at } = state;
  const which = daily && weekly ? 'both' : daily ? 'daily' : weekly ? 'weekly' : 'none';
  const when = t(`digest.when.${which}`, { hour: `${state.hour}:00` });
  return (
    <>
      {chats === 0 ? (
        <Alert color="yellow" title={t('digest.nobody')} className={text.notice}>
          <p>{t('digest.nobodyWhat')}</p>
          <div className={style.bind}>
            <LinkButton to="/access">{t('digest.toAccess')}</LinkButton>
          </div>
        </Alert>
      ) : null}
      <p className={text.note}>
        {chats === 0 ? when : `${when} · ${t('digest.chats', { count: chats })}`}
      </p>
      <div className={record.buttons}>
        {me?.role === 'owner' && chats > 0 && (
          <Button
            size="md"
            loading={test.isPending}
            disabled={asked_at !== null}
            onClick={() => test.mutate()}
          >
            {t('digest.test')}
          </Button>
        )}
        <LinkButton to="/modules" search={{ bot: botId, module: 'digest' }} variant="default">
          {t('digest.settings')}
        </LinkButton>
      </div>
      {asked_at && <p role="status">{t('digest.onItsWay')}</p>}
      <Refused error={test.error} />
    </>
  );
}
