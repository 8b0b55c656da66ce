import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { FileLink } from '../../ui/file/FileLink';
import { OpenedPicture } from '../../ui/file/ServerPicture';
import { LinkButton } from '../../ui/LinkButton';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { AnswerForm } from './AnswerForm';
import { type TicketMessage, type TicketView, ticketQuery } from './queries';
import styles from './support.module.css';
import { TONES } from './tones';

type Props = { shop: Shop; botId: number; ticketId: number | undefined; onClose: () => void };

/** One question beside the list: all that was written, and the answer. */
export function TicketPanel({ shop, botId, ticketId, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <SidePanel isOpen={ticketId !== undefined} onClose={onClose} title={t('support.one')}>
      {ticketId !== undefined && <Story key={ticketId} {...{ shop, botId, ticketId }} />}
    </SidePanel>
  );
}

type StoryProps = { shop: Shop; botId: number; ticketId: number };

function Story({ shop, botId, ticketId }: StoryProps) {
  const query = useQuery(ticketQuery(botId, ticketId));
  return (
    <Loaded query={query} height={480}>
      {(view) => (
        <div className={record.story}>
          <Head view={view} shop={shop} />
          <ol className={styles.talk}>
            {view.messages.map((message) => (
              <Written key={message.id} message={message} view={view} shop={shop} />
            ))}
          </ol>
          <AnswerForm botId={botId} ticket={view.ticket} />
        </div>
      )}
    </Loaded>
  );
}

function Head({ view: { ticket }, shop }: { view: TicketView; shop: Shop }) {
  const { t } = useTranslation();
  return (
    <div className={record.form}>
      <div className={record.head}>
        <h2 className={text.h2}>{t('support.number', { number: ticket.ticket_no })}</h2>
        <Pill tone={TONES[ticket.state]}>{t(`support.state.${ticket.state}`)}</Pill>
        {ticket.rating !== null && <Pill>{t('support.rated', { rating: ticket.rating })}</Pill>}
      </div>
      <div className={record.buttons}>
        <span>{ticket.buyer_name || t('support.buyer', { number: ticket.buyer_no })}</span>
        {ticket.order_id !== null && (
          <LinkButton
            to="/orders"
            variant="default"
            search={{ shops: [shop.id], order: ticket.order_id }}
          >
            {t('support.order', { number: ticket.order_no })}
          </LinkButton>
        )}
      </div>
    </div>
  );
}

type WrittenProps = { message: TicketMessage; view: TicketView; shop: Shop };

function Written({ message, view: { ticket }, shop }: WrittenProps) {
  const { t } = useTranslation();
  const moment = dateFormat(useLanguage(), {
    timeZone: shop.timezone,
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  const isOurs = message.author === 'shop';
  const who = isOurs
    ? message.said_by || t('support.shop')
    : ticket.buyer_name || t('support.shopper');
  const file = message.sha256 && `/api/v1/shops/${shop.id}/files/${message.sha256}`;
  return (
    <li className={styles.message} data-ours={isOurs || undefined}>
      <b>{who}</b>
      {message.body && <p>{message.body}</p>}
      {file &&
        (message.file_kind === 'photo' ? (
          <OpenedPicture src={file} alt={t('support.photo')} className={styles.photo} />
        ) : (
          <FileLink href={file} name={message.file_name ?? undefined} className={text.link}>
            {message.file_name || t('support.file')}
          </FileLink>
        ))}
      {message.trouble && <p className={text.error}>{t('support.noFile')}</p>}
      <time className={text.note} dateTime={message.sent_at}>
        {moment.format(new Date(message.sent_at))}
      </time>
    </li>
  );
}
