import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Bot } from '../../api/model';
import { useLanguage } from '../../i18n';
import { Confirm } from '../../ui/dialog/Dialog';
import layout from '../../ui/layout.module.css';
import { Refused } from '../../ui/Refused';
import text from '../../ui/text.module.css';
import { ModuleCard, switchId } from './ModuleCard';
import styles from './modules.module.css';
import { othersOf } from './needs';
import type { BotModule } from './queries';
import { useOrder, useSwitch, type Wish } from './useSwitch';
import { useModuleWords } from './words';

/** A dialog that closes gives the focus back first, to a button that has moved away. */
const AFTER_DIALOG_MS = 50;

type Props = {
  bot: Bot;
  modules: BotModule[];
  mayChange: boolean;
  onOpen: (key: string) => void;
};

/** The modules as cards: those that are on first, in the bot's order. */
export function BotModuleList({ bot, modules, mayChange, onOpen }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useModuleWords(modules);
  const flip = useSwitch(bot.id);
  const order = useOrder(bot.id);
  const [wish, setWish] = useState<Pick<Wish, 'key' | 'isOn'>>();
  const [isAsked, setAsked] = useState(false);
  const done = flip.isSuccess ? flip.variables : undefined;
  // The card has moved to the other part: who works by keys goes on from there.
  useEffect(() => {
    if (!done) return;
    const go = () => document.getElementById(switchId(done.key))?.focus({ preventScroll: true });
    const timer = setTimeout(go, AFTER_DIALOG_MS);
    return () => clearTimeout(timer);
  }, [done]);

  const press = (module: BotModule) => {
    const isOn = !module.is_on;
    flip.reset();
    // What is on serves shoppers now; what brings others with it is not done behind one's back.
    if (isOn && othersOf(modules, module).length === 0)
      return flip.mutate({ key: module.key, isOn, withOthers: false });
    setWish({ key: module.key, isOn });
    setAsked(true);
  };
  const asked = modules.find(({ key }) => key === wish?.key);
  const isOn = wish?.isOn ?? false;
  const others = asked ? othersOf(modules, asked) : [];
  const errorOf = ({ key }: BotModule) =>
    !isAsked && flip.error && flip.variables?.key === key ? flip.error : null;
  const on = modules.filter(({ is_on }) => is_on).map(({ key }) => key);
  const mover = ({ key }: BotModule, by: -1 | 1) => {
    const at = on.indexOf(key);
    const other = on[at + by];
    if (at < 0 || other === undefined) return undefined;
    const next = on.map((each) => (each === key ? other : each === other ? key : each));
    // One after the other: the next is counted from the order that this one leaves.
    return () => !order.isPending && order.mutate(next);
  };
  const parts = [
    ['modules.on', modules.filter(({ is_on }) => is_on)],
    ['modules.off', modules.filter(({ is_on }) => !is_on)],
  ] as const;
  return (
    <>
      <p role="status" className={text.note}>
        {done
          ? t(done.isOn ? 'modules.isOn' : 'modules.isOff', { title: words.titleOf(done.key) })
          : t(mayChange ? 'modules.how' : 'modules.lookOnly')}
      </p>
      {parts.map(
        ([name, of]) =>
          of.length > 0 && (
            <section key={name} aria-labelledby={name} className={layout.stack}>
              <h2 id={name} className={text.h2}>
                {t(name)} <span className={styles.count}>{of.length}</span>
              </h2>
              {name === 'modules.on' && mayChange && of.length > 1 && (
                <p className={text.note}>{t('modules.order')}</p>
              )}
              {name === 'modules.on' && <Refused error={order.error} />}
              <ul className={styles.cards}>
                {of.map((module) => (
                  <ModuleCard
                    key={module.key}
                    module={module}
                    words={words}
                    mayChange={mayChange}
                    isPending={flip.isPending && flip.variables.key === module.key}
                    error={errorOf(module)}
                    onSwitch={() => press(module)}
                    onOpen={() => onOpen(module.key)}
                    onEarlier={mover(module, -1)}
                    onLater={mover(module, 1)}
                  />
                ))}
              </ul>
            </section>
          ),
      )}
      <Confirm
        // Another owner may have switched it meanwhile: then there is nothing left to ask.
        isOpen={isAsked && asked !== undefined && asked.is_on !== isOn}
        onClose={() => setAsked(false)}
        title={t(isOn ? 'modules.askOn' : 'modules.askOff', {
          title: asked?.title[language] ?? '',
        })}
        action={t(
          isOn
            ? 'modules.switchAllOn'
            : others.length
              ? 'modules.switchAllOff'
              : 'modules.switchOff',
        )}
        isDangerous={!isOn}
        isPending={flip.isPending}
        error={words.told(flip.error)}
        onConfirm={() =>
          asked &&
          flip.mutate(
            { key: asked.key, isOn, withOthers: others.length > 0 },
            { onSuccess: () => setAsked(false) },
          )
        }
      >
        <p>{t(isOn ? 'modules.onWhat' : 'modules.offWhat')}</p>
        {others.length > 0 && (
          <>
            <p className={styles.others}>{t(isOn ? 'modules.onWith' : 'modules.offWith')}</p>
            <ul className={styles.named}>
              {others.map((key) => (
                <li key={key}>{words.titleOf(key)}</li>
              ))}
            </ul>
          </>
        )}
      </Confirm>
    </>
  );
}
