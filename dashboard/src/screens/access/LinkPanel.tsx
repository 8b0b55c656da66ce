import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { formatSpan } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Confirm } from '../../ui/dialog/Dialog';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import { Facts } from '../../ui/record/Facts';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { LinkForm } from './LinkForm';
import {
  devicesQuery,
  type Link,
  linksQuery,
  type NewLink,
  ONE_LINK,
  ROTATION,
  useAccessChange,
} from './queries';
import { Refusal } from './Refusal';
import { STATE_TONES, useAccessWords } from './words';

const MINUTE_S = 60;
const OVERLAPS = [0, 10, 60, 24 * 60, 7 * 24 * 60] as const;
const USUAL_OVERLAP = 60;

type Props = {
  link: number | 'new' | undefined;
  onClose: () => void;
  onMade: (made: NewLink) => void;
  /** Shows in the log what was done by a link. */
  onLog: (link: number) => void;
};

/** One link beside the list, or a new one. */
export function LinkPanel({ link, onClose, onMade, onLog }: Props) {
  const { t } = useTranslation();
  return (
    <SidePanel
      isOpen={link !== undefined}
      onClose={onClose}
      title={t(link === 'new' ? 'access.new' : 'access.one')}
    >
      {link === 'new' && <LinkForm onMade={onMade} />}
      {typeof link === 'number' && <Story key={link} {...{ id: link, onMade, onLog }} />}
    </SidePanel>
  );
}

type StoryProps = Pick<Props, 'onMade' | 'onLog'> & { id: number };

function Story({ id, onMade, onLog }: StoryProps) {
  const { t } = useTranslation();
  const query = useQuery(linksQuery(true));
  return (
    <Loaded query={query} height={360}>
      {(links) => {
        const link = links.find((each) => each.id === id);
        if (!link) return <p>{t('access.gone')}</p>;
        const lives = link.state === 'active' || link.state === 'replaced';
        return (
          <div className={record.story}>
            <About link={link} />
            <Devices link={link} />
            <div>
              <Button variant="default" onClick={() => onLog(id)}>
                {t('access.toLog')}
              </Button>
            </div>
            {link.state === 'active' && <Rotation link={link} onMade={onMade} />}
            {lives && <Revocation link={link} />}
          </div>
        );
      }}
    </Loaded>
  );
}

function About({ link }: { link: Link }) {
  const { t } = useTranslation();
  const words = useAccessWords();
  const facts: [string, string | null][] = [
    [t('access.role'), t(`role.${link.role}`)],
    [t('access.shops'), words.shopsOf(link.shop_ids)],
    [t('access.column.ends'), words.endOf(link.expires_at)],
    [t('access.revokedAt'), link.revoked_at && words.at(link.revoked_at)],
    [t('access.column.used'), words.at(link.last_used_at)],
    [t('access.column.inNow'), String(link.open_sessions)],
    [t('access.madeAt'), words.at(link.created_at)],
    [
      t('access.madeBy'),
      link.made_by
        ? `${t('access.linkNumber', { id: link.made_by })}, ${t(`access.origin.${link.origin}`)}`
        : t(`access.origin.${link.origin}`),
    ],
    [
      t('access.replacedBy'),
      link.replaced_by === null ? null : t('access.linkNumber', { id: link.replaced_by }),
    ],
  ];
  return (
    <>
      <div className={record.head}>
        <h2 className={text.h2}>{words.nameOf(link.label, link.id)}</h2>
        <Pill tone={STATE_TONES[link.state]}>{t(`access.state.${link.state}`)}</Pill>
        {link.is_own && <Pill>{t('access.own')}</Pill>}
      </div>
      <Facts facts={facts} />
    </>
  );
}

function Devices({ link }: { link: Link }) {
  const { t } = useTranslation();
  const words = useAccessWords();
  const { data = [] } = useQuery(devicesQuery);
  const own = data.filter(({ link_id }) => link_id === link.id);
  if (own.length === 0) return null;
  return (
    <section aria-label={t('access.devices')}>
      <h3 className={text.h2}>{t('access.devices')}</h3>
      <ul className={record.timeline}>
        {own.map((device) => (
          <li key={`${device.agent} ${device.network}`}>
            <b>{device.agent || t('access.unknownDevice')}</b>
            <div className={text.note}>
              {words.placeOf(device)} · {words.at(device.last_seen_at)}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A new link in its place. One's own cannot end at once: the new one would go with the screen. */
function Rotation({ link, onMade }: { link: Link; onMade: (made: NewLink) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [overlap, setOverlap] = useState<number>(USUAL_OVERLAP);
  const rotate = useAccessChange(
    () =>
      send('post', ROTATION, {
        params: { path: { link_id: link.id } },
        body: { overlap_minutes: overlap },
      }),
    onMade,
  );
  const choices = OVERLAPS.filter((minutes) => minutes > 0 || !link.is_own);
  return (
    <section className={record.form} aria-label={t('access.rotate')}>
      <h3 className={text.h2}>{t('access.rotateTitle')}</h3>
      <p className={text.note}>{t('access.rotateWhat')}</p>
      <NativeSelect
        label={t('access.overlap')}
        value={String(overlap)}
        data={choices.map((minutes) => ({
          value: String(minutes),
          label: minutes ? formatSpan(minutes * MINUTE_S, language) : t('access.atOnce'),
        }))}
        onChange={({ currentTarget }) => setOverlap(Number(currentTarget.value))}
      />
      {link.is_own && <p>{t('access.rotateOwn')}</p>}
      <Refusal error={rotate.error} />
      <div>
        <Button loading={rotate.isPending} onClick={() => rotate.mutate()}>
          {t('access.rotate')}
        </Button>
      </div>
    </section>
  );
}

function Revocation({ link }: { link: Link }) {
  const { t } = useTranslation();
  const { nameOf } = useAccessWords();
  const [isAsked, setAsked] = useState(false);
  const revoke = useAccessChange(
    () => send('delete', ONE_LINK, { params: { path: { link_id: link.id } } }),
    () => setAsked(false),
  );
  return (
    <div>
      <Button variant="default" color="red" onClick={() => setAsked(true)}>
        {t('access.revoke')}
      </Button>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('access.revokeTitle', { name: nameOf(link.label, link.id) })}
        action={t('access.revoke')}
        isDangerous
        isPending={revoke.isPending}
        error={null}
        onConfirm={() => revoke.mutate()}
      >
        <p>{t('access.revokeWhat', { count: link.open_sessions })}</p>
        {link.is_own && <p>{t('access.revokeOwn')}</p>}
        <Refusal error={revoke.error} />
      </Confirm>
    </div>
  );
}
