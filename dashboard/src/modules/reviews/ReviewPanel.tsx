import { Button, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { isConflict } from '../../api/errors';
import type { Shop } from '../../api/model';
import { meQuery } from '../../api/queries';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { OpenedPicture } from '../../ui/file/ServerPicture';
import { Conflict } from '../../ui/form/Conflict';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { useDraft } from '../../ui/form/useDraft';
import { LinkButton } from '../../ui/LinkButton';
import { Pill } from '../../ui/Pill';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { REVIEW, type Review, TONES, useReviewChange } from './queries';
import styles from './reviews.module.css';
import { Stars } from './Stars';

type Props = {
  shop: Shop;
  botId: number;
  reviewId: number | undefined;
  /** Undefined: it is not among those that are listed (any more). */
  listed: Review | undefined;
  onClose: () => void;
};

/** One review beside the list: what was said, whether everybody sees it, and the shop's answer. */
export function ReviewPanel({ shop, botId, reviewId, listed, onClose }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const [review, show] = useOpened(reviewId, listed);
  return (
    <SidePanel isOpen={reviewId !== undefined} onClose={onClose} title={t('reviews.one')}>
      {reviewId !== undefined && !review && <p>{t('reviews.notListed')}</p>}
      {review && (
        <div key={review.id} className={record.story}>
          <Said shop={shop} review={review} />
          {me?.role === 'owner' && (
            <>
              <Moderation botId={botId} review={review} onChanged={show} />
              <AnswerForm botId={botId} review={review} onChanged={show} />
            </>
          )}
          {me?.role !== 'owner' && review.answer && <p>{review.answer}</p>}
        </div>
      )}
    </SidePanel>
  );
}

/** What was opened stays in sight, as its last change left it, when it is no longer listed: an
 * answer may be half written. */
function useOpened(reviewId: number | undefined, listed: Review | undefined) {
  const [seen, see] = useState(listed);
  const [kept, keep] = useState(listed);
  if (listed && listed !== seen) {
    see(listed);
    keep(listed);
  }
  return [kept?.id === reviewId ? kept : undefined, keep] as const;
}

function Said({ shop, review }: { shop: Shop; review: Review }) {
  const { t } = useTranslation();
  const moment = dateFormat(useLanguage(), {
    timeZone: shop.timezone,
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  const picture = review.sha256 && `/api/v1/shops/${shop.id}/files/${review.sha256}`;
  return (
    <div className={record.form}>
      <div className={record.head}>
        <h2 className={text.h2}>{review.title}</h2>
        <Pill tone={TONES[review.state]}>{t(`reviews.state.${review.state}`)}</Pill>
      </div>
      <p className={styles.stars}>
        <Stars rating={review.rating} />
      </p>
      {review.body && <p className={styles.body}>{review.body}</p>}
      {picture && (
        <OpenedPicture src={picture} alt={t('reviews.picture')} className={styles.picture} />
      )}
      <p className={text.note}>
        {t('reviews.buyer', { number: review.buyer_no })} ·{' '}
        <time dateTime={review.created_at}>{moment.format(new Date(review.created_at))}</time>
        {review.moderated_by && ` · ${t('reviews.by', { name: review.moderated_by })}`}
      </p>
      <div>
        <LinkButton
          to="/orders"
          variant="default"
          search={{ shops: [shop.id], bot: review.bot_id, order: review.order_id }}
        >
          {t('reviews.order', { number: review.order_no })}
        </LinkButton>
      </div>
    </div>
  );
}

type OneProps = { botId: number; review: Review; onChanged: (review: Review) => void };

function Moderation({ botId, review, onChanged }: OneProps) {
  const { t } = useTranslation();
  const path = { bot_id: botId, review_id: review.id };
  const turn = useReviewChange(
    (to: 'show' | 'hide') =>
      send('post', to === 'show' ? `${REVIEW}/show` : `${REVIEW}/hide`, { params: { path } }),
    onChanged,
  );
  return (
    <div className={record.form}>
      <div className={record.buttons}>
        {review.state !== 'shown' && (
          <Button
            size="md"
            loading={turn.isPending && turn.variables === 'show'}
            onClick={() => turn.mutate('show')}
          >
            {t('reviews.show')}
          </Button>
        )}
        {review.state !== 'hidden' && (
          <Button
            size="md"
            variant="default"
            loading={turn.isPending && turn.variables === 'hide'}
            onClick={() => turn.mutate('hide')}
          >
            {t('reviews.hide')}
          </Button>
        )}
      </div>
      <p className={text.note}>{t('reviews.moderateWhat')}</p>
      <Refused error={turn.error} />
    </div>
  );
}

const answerOf = ({ answer }: Review) => ({ answer });

function AnswerForm({ botId, review, onChanged }: OneProps) {
  const { t } = useTranslation();
  const { base, typed, change, settle, drop } = useDraft(review, answerOf);
  const answer = useReviewChange(
    (over: Review) =>
      send('put', `${REVIEW}/answer`, {
        params: {
          path: { bot_id: botId, review_id: review.id },
          header: { 'if-match': `"${over.version}"` },
        },
        body: { text: typed.answer.trim() },
      }),
    (changed) => {
      settle(changed);
      onChanged(changed);
    },
  );
  const isChanged = typed.answer.trim() !== review.answer;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    answer.mutate(base);
  };
  const takeTheirs = () => {
    answer.reset();
    drop();
  };
  return (
    <form onSubmit={submit} className={record.form}>
      <LeaveGuard isChanged={isChanged && !answer.isPending} />
      <Textarea
        size="md"
        label={t('reviews.answer')}
        description={t('reviews.answerWhat')}
        autosize
        minRows={3}
        maxLength={1000}
        value={typed.answer}
        onChange={({ currentTarget }) => change({ answer: currentTarget.value })}
      />
      {isConflict(answer.error) ? (
        <Conflict onTakeTheirs={takeTheirs} onKeepMine={() => answer.mutate(review)} />
      ) : (
        <Refused error={answer.error} />
      )}
      <div>
        <Button type="submit" size="md" loading={answer.isPending} disabled={!isChanged}>
          {t('reviews.saveAnswer')}
        </Button>
      </div>
    </form>
  );
}
