import { Button, Card, Checkbox, Code, Switch, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Bot } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { useBotName } from '../../parts/bots/bot';
import { Confirm, Dialog } from '../../ui/dialog/Dialog';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import layout from '../../ui/layout.module.css';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import {
  ONE_GROUP,
  ONE_MEMBER,
  STAFF,
  type StaffChat,
  type StaffMember,
  staffQuery,
  useStaffChange,
} from './queries';
import styles from './settings.module.css';

/** What staff may be allowed one by one; null is everything. */
const RIGHTS = ['orders', 'orders.cancel', 'orders.refund', 'payments', 'support'] as const;

/** The groups that a bot writes to, and who may press buttons there. */
export function StaffCard({ bot }: { bot: Bot }) {
  const { t } = useTranslation();
  const name = useBotName()(bot);
  const query = useQuery(staffQuery(bot.id));
  const [open, setOpen] = useState<'group' | 'member' | null>(null);
  const close = () => setOpen(null);
  return (
    <Card
      withBorder
      component="section"
      className={styles.card}
      aria-labelledby={`staff-${bot.id}`}
    >
      <h2 className={text.h2} id={`staff-${bot.id}`}>
        {t('settings.staff', { name })}
      </h2>
      <p className={text.note}>{t('settings.staffWhat')}</p>
      <Loaded query={query} height={120}>
        {({ chats, members }) => (
          <>
            {chats.length + members.length === 0 && <p>{t('settings.noStaff')}</p>}
            <ul className={styles.list}>
              {chats.map((chat) => (
                <Group key={chat.chat_id} chat={chat} />
              ))}
              {members.map((member) => (
                <Member key={member.telegram_id} bot={bot} member={member} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
      <div className={layout.actions}>
        <Button variant="default" size="md" onClick={() => setOpen('group')}>
          {t('settings.addGroup')}
        </Button>
        <Button variant="default" size="md" onClick={() => setOpen('member')}>
          {t('settings.addMember')}
        </Button>
      </div>
      <Dialog isOpen={open === 'group'} onClose={close} title={t('settings.addGroup')}>
        <GroupCode bot={bot} />
      </Dialog>
      <Dialog isOpen={open === 'member'} onClose={close} title={t('settings.addMember')}>
        <MemberForm bot={bot} known={query.data?.members ?? []} onDone={close} />
      </Dialog>
    </Card>
  );
}

function Group({ chat }: { chat: StaffChat }) {
  const { t } = useTranslation();
  const [isAsked, setAsked] = useState(false);
  const path = { bot_id: chat.bot_id, chat_id: chat.chat_id };
  const allow = useStaffChange(chat.bot_id, (anyone_may_press: boolean) =>
    send('put', ONE_GROUP, {
      params: { path, header: { 'if-match': `"${chat.version}"` } },
      body: { anyone_may_press },
    }),
  );
  const unbind = useStaffChange(
    chat.bot_id,
    () => send('delete', ONE_GROUP, { params: { path } }),
    () => setAsked(false),
  );
  return (
    <li>
      <b>{chat.title}</b>
      {chat.trouble && <p className={text.error}>{t('settings.groupTrouble')}</p>}
      <Switch
        size="md"
        label={t('settings.anyone')}
        checked={chat.anyone_may_press}
        onChange={({ currentTarget }) => allow.mutate(currentTarget.checked)}
      />
      <Refused error={allow.error} />
      <Button variant="subtle" color="red" size="md" onClick={() => setAsked(true)}>
        {t('settings.unbind')}
      </Button>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('settings.unbindTitle', { name: chat.title })}
        action={t('settings.unbind')}
        isDangerous
        isPending={unbind.isPending}
        error={unbind.error}
        onConfirm={() => unbind.mutate()}
      >
        {t('settings.unbindWhat')}
      </Confirm>
    </li>
  );
}

function Member({ bot, member }: { bot: Bot; member: StaffMember }) {
  const { t, i18n } = useTranslation();
  const [isAsked, setAsked] = useState(false);
  const remove = useStaffChange(
    bot.id,
    () =>
      send('delete', ONE_MEMBER, {
        params: { path: { bot_id: bot.id, telegram_id: member.telegram_id } },
      }),
    () => setAsked(false),
  );
  const rightOf = (right: string) =>
    i18n.exists(`settings.right.${right.replace('.', '_')}`)
      ? t(`settings.right.${right.replace('.', '_')}`)
      : right;
  return (
    <li>
      <b>{member.name}</b>
      <p className={text.note}>
        {member.telegram_id} ·{' '}
        {member.rights === null
          ? t('settings.everything')
          : member.rights.map(rightOf).join(', ') || t('settings.nothing')}
      </p>
      <Button variant="subtle" color="red" size="md" onClick={() => setAsked(true)}>
        {t('settings.dismiss')}
      </Button>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('settings.dismissTitle', { name: member.name })}
        action={t('settings.dismiss')}
        isDangerous
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      >
        {t('settings.dismissWhat')}
      </Confirm>
    </li>
  );
}

function GroupCode({ bot }: { bot: Bot }) {
  const { t } = useTranslation();
  const name = useBotName()(bot);
  const moment = dateFormat(useLanguage(), { timeStyle: 'short' });
  const make = useStaffChange(bot.id, () =>
    send('post', `${STAFF}/codes`, { params: { path: { bot_id: bot.id } } }),
  );
  if (make.data)
    return (
      <>
        <p>{t('settings.sendCode', { name })}</p>
        <Code className={styles.code}>{`/staff ${make.data.code}`}</Code>
        <p className={text.note}>
          {t('settings.codeUntil', { time: moment.format(new Date(make.data.expires_at)) })}
        </p>
      </>
    );
  return (
    <div className={record.form}>
      <p>{t('settings.groupWhat', { name })}</p>
      <Refused error={make.error} />
      <Button size="md" loading={make.isPending} onClick={() => make.mutate()}>
        {t('settings.makeCode')}
      </Button>
    </div>
  );
}

const ID = /^[1-9]\d{0,17}$/;

type MemberProps = { bot: Bot; known: StaffMember[]; onDone: () => void };

function MemberForm({ bot, known, onDone }: MemberProps) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [id, setId] = useState('');
  const [isAll, setAll] = useState(true);
  const [rights, setRights] = useState<string[]>([...RIGHTS]);
  const [isTried, setTried] = useState(false);
  const add = useStaffChange(
    bot.id,
    () =>
      send('put', ONE_MEMBER, {
        params: {
          path: { bot_id: bot.id, telegram_id: Number(id.trim()) },
          // Another owner may have added them meanwhile.
          header: { 'if-none-match': '*' },
        },
        body: { name: name.trim(), rights: isAll ? null : rights },
      }),
    onDone,
  );
  const isId = ID.test(id.trim());
  // Saving over somebody would silently take the name and the rights that they have.
  const same = known.find(({ telegram_id }) => String(telegram_id) === id.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isId && !same && name.trim()) add.mutate();
  };
  return (
    <form noValidate onSubmit={submit} className={record.form}>
      <LeaveGuard isChanged={(name + id).trim() !== '' && !add.isPending} />
      <TextInput
        size="md"
        label={t('settings.memberName')}
        maxLength={100}
        value={name}
        error={isTried && !name.trim() && t('settings.memberNameMissing')}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        data-autofocus
      />
      <TextInput
        size="md"
        label={t('settings.memberId')}
        description={t('settings.memberIdWhat')}
        inputMode="numeric"
        value={id}
        error={
          isTried &&
          (same
            ? t('settings.memberKnown', { name: same.name })
            : !isId && t('settings.memberIdMissing'))
        }
        onChange={({ currentTarget }) => setId(currentTarget.value)}
      />
      <Switch
        size="md"
        label={t('settings.everything')}
        checked={isAll}
        onChange={({ currentTarget }) => setAll(currentTarget.checked)}
      />
      {!isAll && (
        <Checkbox.Group label={t('settings.rights')} value={rights} onChange={setRights}>
          {RIGHTS.map((right) => (
            <Checkbox
              key={right}
              value={right}
              label={t(`settings.right.${right.replace('.', '_')}`)}
            />
          ))}
        </Checkbox.Group>
      )}
      <Refused error={add.error} />
      <Button type="submit" size="md" loading={add.isPending}>
        {t('settings.addMember')}
      </Button>
    </form>
  );
}
