import { IconDots } from '@tabler/icons-react';
import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Me } from '../api/model';
import { GROUPS } from '../defineScreen';
import { useLanguage } from '../i18n';
import { IN_MENU, type KnownScreen, mayOpen } from '../screens';
import { loadedLater } from '../ui/loadedLater';
import { ScreenLink } from '../view/ScreenLink';
import { LateDialog } from './LateDialog';
import styles from './menu.module.css';
import { whenIdle } from './whenIdle';

const MenuSheet = loadedLater(() => import('./MenuSheet').then(({ MenuSheet }) => MenuSheet));

/** As many as a thumb can tell apart; the others are behind "More". */
const ON_PHONE = 4;

/** Its neighbour is seen, too. */
const ROOM_PX = 40;

/** Scrolls the list alone: `scrollIntoView` would take the page along. */
function showWithin(list: HTMLElement, item: Element): void {
  const { top, bottom } = list.getBoundingClientRect();
  const place = item.getBoundingClientRect();
  if (place.bottom > bottom) list.scrollTop += place.bottom - bottom + ROOM_PX;
  else if (place.top < top) list.scrollTop -= top - place.top + ROOM_PX;
}

export function Menu({ me }: { me: Me }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  // The first figures do not wait for it, nor does it for a network that may be gone by then.
  useEffect(() => whenIdle(() => void MenuSheet.preload().catch(() => undefined)), []);
  const side = useRef<HTMLElement>(null);
  const pathname = useLocation({ select: (location) => location.pathname });
  // Where one is is seen, however long the menu.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time that the screen is another one
  useEffect(() => {
    const current = side.current?.querySelector('[aria-current="page"]');
    if (side.current && current) showWithin(side.current, current);
  }, [pathname]);
  const screens = IN_MENU.filter((screen) => mayOpen(screen, me.role));
  const phone = screens
    .filter(({ menu }) => menu?.phone !== undefined)
    .sort((a, b) => (a.menu?.phone ?? 0) - (b.menu?.phone ?? 0))
    .slice(0, ON_PHONE);
  return (
    <>
      <nav ref={side} className={styles.side} aria-label={t('nav.main')}>
        <Groups screens={screens} />
        <Who me={me} />
      </nav>
      <nav className={styles.bar} aria-label={t('nav.main')}>
        {phone.map((screen) => (
          <Item key={screen.path} screen={screen} isShort />
        ))}
        <button
          type="button"
          className={styles.item}
          aria-haspopup="dialog"
          aria-expanded={isOpen}
          onClick={() => setOpen(true)}
        >
          <IconDots size={22} aria-hidden="true" />
          <span>{t('nav.more')}</span>
        </button>
      </nav>
      <LateDialog
        isOpen={isOpen}
        onClose={close}
        dialog={
          <MenuSheet isOpen={isOpen} onClose={close}>
            <Groups screens={screens} onOpen={close} />
            <Who me={me} />
          </MenuSheet>
        }
      />
    </>
  );
}

function Groups({ screens, onOpen }: { screens: KnownScreen[]; onOpen?: () => void }) {
  const { t } = useTranslation();
  return GROUPS.map((group) => {
    const own = screens.filter(({ menu }) => menu?.group === group);
    if (own.length === 0) return null;
    return (
      <div key={group} className={styles.group}>
        {/* The first group needs no name: it is what the panel is opened for. */}
        {group !== GROUPS[0] && <p className={styles.groupName}>{t(`nav.group.${group}`)}</p>}
        {own.map((screen) => (
          <Item key={screen.path} screen={screen} onOpen={onOpen} />
        ))}
      </div>
    );
  });
}

type ItemProps = { screen: KnownScreen; isShort?: boolean; onOpen?: () => void };

function Item({ screen, isShort = false, onOpen }: ItemProps) {
  const language = useLanguage();
  const Icon = screen.menu?.Icon;
  return (
    <ScreenLink
      to={screen.path}
      className={styles.item}
      exact={screen.path === '/'}
      onClick={onOpen}
    >
      {Icon && <Icon size={22} aria-hidden="true" />}
      <span>{((isShort && screen.menu?.short) || screen.title)[language]}</span>
    </ScreenLink>
  );
}

function Who({ me }: { me: Me }) {
  const { t } = useTranslation();
  return (
    <p className={styles.who}>
      <b>{t(`role.${me.role}`)}</b>
      {me.label && <span>{me.label}</span>}
    </p>
  );
}
