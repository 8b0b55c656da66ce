import { Button, Card, Code, CopyButton, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { shopsQuery } from '../../api/queries';
import { useBotName } from '../../parts/bots/bot';
import { Confirm, Dialog } from '../../ui/dialog/Dialog';
import layout from '../../ui/layout.module.css';
import { Loaded } from '../../ui/page/Loaded';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './access.module.css';
import { CHAT_CODES, chatsQuery, ONE_CHAT, type OwnerChat, useAccessChange } from './queries';
import { Refusal } from './Refusal';
import { useAccessWords } from './words';

/** Where owners are asked to confirm what is dangerous, and how one's own chat is bound. */
export function OwnerChats() {
  const { t } = useTranslation();
  const query = useQuery(chatsQuery);
  const [isBinding, setBinding] = useState(false);
  return (
    <Card withBorder component="section" aria-labelledby="access-chats">
      <div className={layout.cardHead}>
        <div>
          <h2 className={text.h2} id="access-chats">
            {t('access.chats')}
          </h2>
          <p className={text.note}>{t('access.chatsWhat')}</p>
        </div>
        <Button variant="default" onClick={() => setBinding(true)}>
          {t('access.bind')}
        </Button>
      </div>
      <Loaded query={query} height={60}>
        {(chats) =>
          chats.length === 0 ? (
            <p>{t('access.noChats')}</p>
          ) : (
            <ul className={styles.list}>
              {chats.map((chat) => (
                <Chat key={`${chat.bot_id} ${chat.telegram_id}`} chat={chat} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <Dialog isOpen={isBinding} onClose={() => setBinding(false)} title={t('access.bind')}>
        <Binding />
      </Dialog>
    </Card>
  );
}

/** Bots that answer, by their ids. */
function useBots() {
  const { t } = useTranslation();
  const botName = useBotName();
  const { data: shops = [] } = useQuery(shopsQuery);
  const bots = shops.flatMap((shop) => shop.bots).filter(({ mode }) => mode === 'hosted');
  const nameOf = (id: number) => {
    const found = bots.find((bot) => bot.id === id);
    return found ? botName(found) : t('number', { number: id });
  };
  return { bots, nameOf };
}

function Chat({ chat }: { chat: OwnerChat }) {
  const { t } = useTranslation();
  const words = useAccessWords();
  const bot = useBots().nameOf(chat.bot_id);
  const [isAsked, setAsked] = useState(false);
  const unbind = useAccessChange(
    () =>
      send('delete', ONE_CHAT, {
        params: { path: { bot_id: chat.bot_id, telegram_id: chat.telegram_id } },
      }),
    () => setAsked(false),
  );
  return (
    <li>
      <b>{t('access.chatOf', { name: chat.name || chat.telegram_id, bot })}</b>
      <p className={text.note}>
        {words.nameOf(chat.label, chat.link_id)} · {words.shopsOf(chat.shop_ids)} ·{' '}
        {words.at(chat.bound_at)}
      </p>
      <div>
        <Button variant="default" onClick={() => setAsked(true)}>
          {t('access.unbind')}
        </Button>
      </div>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('access.unbindTitle', { name: chat.name || chat.telegram_id })}
        action={t('access.unbind')}
        isDangerous
        isPending={unbind.isPending}
        error={null}
        onConfirm={() => unbind.mutate()}
      >
        <p>{t('access.unbindWhat')}</p>
        <Refusal error={unbind.error} />
      </Confirm>
    </li>
  );
}

function Binding() {
  const { t } = useTranslation();
  const words = useAccessWords();
  const { bots, nameOf } = useBots();
  const [chosen, setChosen] = useState<number>();
  const botId = chosen ?? bots[0]?.id;
  const make = useAccessChange((bot: number) =>
    send('post', CHAT_CODES, { body: { bot_id: bot, panel_url: location.origin } }),
  );
  if (botId === undefined) return <p>{t('access.noBots')}</p>;
  if (make.data) {
    const command = `/owner ${make.data.code}`;
    return (
      <>
        <p>{t('access.sendCode', { bot: nameOf(botId) })}</p>
        <Code className={styles.secret}>{command}</Code>
        <p className={text.note}>{t('access.codeUntil', { at: words.at(make.data.expires_at) })}</p>
        {navigator.clipboard && (
          <CopyButton value={command}>
            {({ copied, copy }) => (
              <Button onClick={copy}>{t(copied ? 'access.copied' : 'access.copy')}</Button>
            )}
          </CopyButton>
        )}
      </>
    );
  }
  return (
    <div className={record.form}>
      <p>{t('access.bindWhat')}</p>
      <NativeSelect
        label={t('access.bot')}
        value={String(botId)}
        data={bots.map(({ id }) => ({ value: String(id), label: nameOf(id) }))}
        onChange={({ currentTarget }) => setChosen(Number(currentTarget.value))}
      />
      <Refusal error={make.error} />
      <Button loading={make.isPending} onClick={() => make.mutate(botId)}>
        {t('access.makeCode')}
      </Button>
    </div>
  );
}
