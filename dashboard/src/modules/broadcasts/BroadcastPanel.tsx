import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Bot, Shop } from '../../api/model';
import { momentOf } from '../../format/clock';
import { Confirm } from '../../ui/dialog/Dialog';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { useDraft } from '../../ui/form/useDraft';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import { Facts } from '../../ui/record/Facts';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { type Broadcast, BroadcastForm } from './BroadcastForm';
import { type Segment, typedOf } from './draft';
import { broadcastQuery, isOfBroadcasts, ONE, type Shown } from './queries';
import type { BroadcastSearch } from './search';
import { useBroadcastWords } from './words';

type Props = {
  shop: Shop;
  bot: Bot;
  isOwner: boolean;
  chosen: BroadcastSearch['broadcast'];
  segment: Segment | undefined;
  onClose: () => void;
};

/** One broadcast beside the list: written, tried, sent, watched, cancelled. */
export function BroadcastPanel({ shop, bot, isOwner, chosen, segment, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <SidePanel
      isOpen={chosen !== undefined && (chosen !== 'new' || isOwner)}
      onClose={onClose}
      title={t(chosen === 'new' ? 'broadcasts.new' : 'broadcasts.one')}
    >
      {chosen === 'new' && isOwner && (
        <New key={segment} shop={shop} bot={bot} segment={segment} onClose={onClose} />
      )}
      {typeof chosen === 'number' && (
        <Known key={chosen} {...{ shop, bot, isOwner, number: chosen, onClose }} />
      )}
    </SidePanel>
  );
}

const draftedOf = (broadcast: Broadcast | undefined) => typedOf(broadcast?.draft);

function New({ shop, bot, segment, onClose }: Omit<Props, 'chosen' | 'isOwner'>) {
  const draft = useDraft<Broadcast | undefined, ReturnType<typeof typedOf>>(
    undefined,
    draftedOf,
    segment && { segments: [segment] },
  );
  return <BroadcastForm shop={shop} bot={bot} draft={draft} onDone={onClose} />;
}

type KnownProps = Omit<Props, 'chosen' | 'segment'> & { number: number };

function Known({ shop, bot, isOwner, number, onClose }: KnownProps) {
  const query = useQuery(broadcastQuery(bot.id, number));
  return (
    <Loaded query={query} height={480}>
      {(shown) => <Opened {...{ shop, bot, isOwner, shown, onClose }} />}
    </Loaded>
  );
}

type OpenedProps = Omit<KnownProps, 'number'> & { shown: Shown };

function Opened({ shop, bot, isOwner, shown, onClose }: OpenedProps) {
  const draft = useDraft<Broadcast | undefined, ReturnType<typeof typedOf>>(
    shown.broadcast,
    draftedOf,
  );
  return (
    <div className={record.story}>
      <Head shown={shown} />
      {isOwner && <Steps shop={shop} bot={bot} shown={shown} isSaved={!draft.isChanged} />}
      <Results shown={shown} />
      {isOwner && shown.broadcast.state === 'draft' && (
        <BroadcastForm shop={shop} bot={bot} draft={draft} onDone={onClose} />
      )}
    </div>
  );
}

function Head({ shown }: { shown: Shown }) {
  const words = useBroadcastWords();
  return (
    <div className={record.head}>
      <h2 className={text.h2}>{shown.broadcast.draft.title}</h2>
      <Pill tone={words.toneOf(shown)}>{words.stateOf(shown)}</Pill>
    </div>
  );
}

/** What came of each text. */
function Results({ shown: { result } }: { shown: Shown }) {
  const { t } = useTranslation();
  const words = useBroadcastWords();
  return result.texts.map((each) => (
    <section key={each.text_no}>
      {result.texts.length > 1 && (
        <h3 className={text.h2}>{t('broadcasts.textNo', { number: each.text_no + 1 })}</h3>
      )}
      <Facts
        facts={[
          [t('broadcasts.column.people'), String(each.people)],
          [t('broadcasts.waiting'), each.waiting ? String(each.waiting) : null],
          [t('broadcasts.column.delivered'), words.deliveredOf([each])],
          [t('broadcasts.blocked'), String(each.blocked)],
          [t('broadcasts.failed'), String(each.failed)],
          [t('broadcasts.capped'), each.capped ? String(each.capped) : null],
          [t('broadcasts.leftOut'), String(each.left + each.gone)],
          [t('broadcasts.cancelledPeople'), each.cancelled ? String(each.cancelled) : null],
          [t('broadcasts.column.clicked'), words.clickedOf([each])],
          [t('broadcasts.column.buyers'), String(each.buyers)],
          [t('broadcasts.column.sold'), words.soldOf([each])],
          [t('broadcasts.blocks'), String(each.blocks)],
        ]}
      />
    </section>
  ));
}

type StepsProps = { shop: Shop; bot: Bot; shown: Shown; isSaved: boolean };

/** A draft is tried and sent, as it is saved; what is on its way is cancelled, once asked. */
function Steps({ shop, bot, shown, isSaved }: StepsProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [at, setAt] = useState('');
  const [isAsked, setAsked] = useState<'send' | 'cancel' | undefined>(undefined);
  const params = { path: { bot_id: bot.id, broadcast_id: shown.broadcast.id } };
  const after = {
    onSuccess: () => setAsked(undefined),
    onSettled: () => client.invalidateQueries({ predicate: isOfBroadcasts }),
  };
  const tryIt = useMutation({ mutationFn: () => send('post', `${ONE}/test`, { params }) });
  const start = useMutation({
    mutationFn: () =>
      send('post', `${ONE}/schedule`, {
        params,
        body: {
          at: at ? momentOf(at, shop.timezone) : null,
          version: shown.broadcast.version,
        },
      }),
    ...after,
  });
  const cancel = useMutation({
    mutationFn: () => send('post', `${ONE}/cancel`, { params }),
    ...after,
  });
  const { state } = shown.broadcast;
  if (state === 'done' || state === 'cancelled') return null;
  if (state !== 'draft')
    return (
      <>
        <Button size="md" variant="default" onClick={() => setAsked('cancel')}>
          {t('broadcasts.cancel')}
        </Button>
        <Confirm
          isOpen={isAsked === 'cancel'}
          onClose={() => setAsked(undefined)}
          title={t('broadcasts.cancel')}
          action={t('broadcasts.cancel')}
          isDangerous
          isPending={cancel.isPending}
          error={cancel.error}
          onConfirm={() => cancel.mutate()}
        >
          {t('broadcasts.cancelWhat')}
        </Confirm>
      </>
    );
  return (
    <div className={record.form}>
      {!isSaved && <p role="status">{t('broadcasts.saveFirst')}</p>}
      <Button
        size="md"
        variant="default"
        disabled={!isSaved}
        loading={tryIt.isPending}
        onClick={() => tryIt.mutate()}
      >
        {t('broadcasts.test')}
      </Button>
      {tryIt.isSuccess && <p role="status">{t('broadcasts.tested')}</p>}
      <Refused error={tryIt.error} />
      <TextInput
        type="datetime-local"
        size="md"
        label={t('broadcasts.at')}
        description={t('broadcasts.byClock', { zone: shop.timezone })}
        value={at}
        onChange={({ currentTarget }) => setAt(currentTarget.value)}
      />
      <Button size="md" disabled={!isSaved} onClick={() => setAsked('send')}>
        {t(at ? 'broadcasts.schedule' : 'broadcasts.send')}
      </Button>
      <Confirm
        isOpen={isAsked === 'send'}
        onClose={() => setAsked(undefined)}
        title={t('broadcasts.sendAsk')}
        action={t(at ? 'broadcasts.schedule' : 'broadcasts.send')}
        isPending={start.isPending}
        error={start.error}
        onConfirm={() => start.mutate()}
      >
        {t('broadcasts.sendWhat')}
      </Confirm>
    </div>
  );
}
