import { Button, NativeSelect, Switch, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import { isOfSupport, type Reply, readyQuery, TICKET, type TicketView } from './queries';

type Props = { botId: number; ticket: TicketView['ticket'] };

/** The shop's answer, in its own words or in ready ones; the shopper gets it in the bot's chat. */
export function AnswerForm({ botId, ticket }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [words, setWords] = useState('');
  const [readyId, setReadyId] = useState('');
  const [closes, setCloses] = useState(false);
  const { data: ready = [] } = useQuery(readyQuery(botId));
  const path = { bot_id: botId, ticket_id: ticket.id };
  const onSettled = () => client.invalidateQueries({ predicate: isOfSupport });
  const answer = useMutation({
    mutationFn: (body: Reply) => send('post', `${TICKET}/answer`, { params: { path }, body }),
    onSuccess: () => {
      setWords('');
      setReadyId('');
    },
    onSettled,
  });
  const turn = useMutation({
    mutationFn: () =>
      send('post', ticket.state === 'closed' ? `${TICKET}/reopen` : `${TICKET}/close`, {
        params: { path },
      }),
    onSettled,
  });
  const error = answer.error ?? turn.error;
  if (ticket.state === 'closed')
    return (
      <div className={record.form}>
        <p>{t('support.isClosed')}</p>
        <Refused error={error} />
        <div className={record.buttons}>
          <Button
            size="md"
            variant="default"
            loading={turn.isPending}
            onClick={() => turn.mutate()}
          >
            {t('support.reopen')}
          </Button>
        </div>
      </div>
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    answer.mutate(readyId ? { ready_id: Number(readyId), closes } : { text: words.trim(), closes });
  };
  return (
    <form onSubmit={submit} className={record.form}>
      <LeaveGuard isChanged={words.trim() !== ''} />
      {ready.length > 0 && (
        <NativeSelect
          size="md"
          label={t('support.ready')}
          value={readyId}
          data={[
            { value: '', label: t('support.ownWords') },
            ...ready.map(({ id, title }) => ({ value: String(id), label: title })),
          ]}
          onChange={({ currentTarget }) => setReadyId(currentTarget.value)}
        />
      )}
      {!readyId && (
        <Textarea
          size="md"
          label={t('support.answer')}
          description={t('support.answerWhat')}
          autosize
          minRows={3}
          maxLength={4000}
          value={words}
          onChange={({ currentTarget }) => setWords(currentTarget.value)}
        />
      )}
      <Switch
        size="md"
        label={t('support.closes')}
        checked={closes}
        onChange={({ currentTarget }) => setCloses(currentTarget.checked)}
      />
      <Refused error={error} />
      <div className={record.buttons}>
        <Button
          type="submit"
          size="md"
          loading={answer.isPending}
          disabled={!readyId && !words.trim()}
        >
          {t('support.send')}
        </Button>
        <Button size="md" variant="default" loading={turn.isPending} onClick={() => turn.mutate()}>
          {t('support.close')}
        </Button>
      </div>
    </form>
  );
}
