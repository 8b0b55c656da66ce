import { Button } from '@mantine/core';
import { type UseMutationResult, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Confirm } from '../../ui/dialog/Dialog';
import type { Field } from '../../ui/form/fields';
import { Loaded } from '../../ui/page/Loaded';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { DifferenceList } from './DifferenceList';
import { type Change, differenceQuery, historyQuery, type ModulePath } from './queries';

type Restore = UseMutationResult<unknown, Error, number>;
type Props = {
  path: ModulePath;
  timeZone: string;
  /** Of its settings, where it has any. */
  fields?: Field[];
  restore?: Restore;
};

const isOfSettings = ({ action }: Change) => action === 'settings' || action === 'restored';

/**
 * The versions whose settings can be brought back: those that somebody saved, and those that it
 * began with, unless they are what holds now.
 */
export function restorable(changes: readonly Change[]): Set<number> {
  const versions = changes.filter(({ version }) => version > 0);
  const first = versions.at(-1);
  const saved = versions.filter((each) => isOfSettings(each) || each === first);
  return new Set(saved.slice(1).map(({ version }) => version));
}

/** Who changed what and when, the newest first. */
export function ModuleHistory({ path, timeZone, fields, restore }: Props) {
  const { t } = useTranslation();
  const query = useQuery(historyQuery(path));
  const moment = dateFormat(useLanguage(), { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const [asked, setAsked] = useState<Change>();
  const [isAsked, setIsAsked] = useState(false);
  const at = (iso: string) => moment.format(new Date(iso));
  return (
    <section aria-label={t('modules.history')}>
      <h3 className={text.h2}>{t('modules.history')}</h3>
      <Loaded query={query} height={160}>
        {(changes) => {
          const old = restorable(changes);
          return (
            <>
              {changes.length === 0 && <p className={text.note}>{t('modules.historyNone')}</p>}
              <ol className={record.timeline}>
                {changes.map((change) => (
                  <Entry
                    key={change.version}
                    {...{ change, path, fields }}
                    at={at(change.at)}
                    onRestore={
                      restore && old.has(change.version)
                        ? () => {
                            restore.reset();
                            setAsked(change);
                            setIsAsked(true);
                          }
                        : undefined
                    }
                  />
                ))}
              </ol>
            </>
          );
        }}
      </Loaded>
      {restore && (
        <Confirm
          isOpen={isAsked}
          onClose={() => setIsAsked(false)}
          title={t('modules.restoreTitle', { version: asked?.version })}
          action={t('modules.restore')}
          isPending={restore.isPending}
          error={restore.error}
          onConfirm={() =>
            asked && restore.mutate(asked.version, { onSuccess: () => setIsAsked(false) })
          }
        >
          {asked && t('modules.restoreWhat', { at: at(asked.at) })}
        </Confirm>
      )}
    </section>
  );
}

type EntryProps = {
  change: Change;
  path: ModulePath;
  fields: Field[] | undefined;
  at: string;
  onRestore: (() => void) | undefined;
};

function Entry({ change, path, fields, at, onRestore }: EntryProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { version, action, restored_version, by } = change;
  const numbered = (name: string) => `${name}: ${t('modules.version', { version })}`;
  return (
    <li>
      <b>
        {action === 'restored'
          ? t('modules.restored', { version: restored_version })
          : t(`modules.action.${action}`)}
      </b>
      {` · ${t('modules.version', { version })}`}
      <div className={text.note}>
        {by || t('modules.byItself')} · <time dateTime={change.at}>{at}</time>
      </div>
      <div className={record.buttons}>
        {fields && isOfSettings(change) && (
          <Button
            size="md"
            variant="subtle"
            aria-expanded={isOpen}
            aria-label={numbered(t('modules.difference'))}
            onClick={() => setOpen(!isOpen)}
          >
            {t('modules.difference')}
          </Button>
        )}
        {onRestore && (
          <Button
            size="md"
            variant="subtle"
            aria-label={numbered(t('modules.restore'))}
            onClick={onRestore}
          >
            {t('modules.restore')}
          </Button>
        )}
      </div>
      {isOpen && fields && <Differences path={path} version={version} fields={fields} />}
    </li>
  );
}

type DifferencesProps = { path: ModulePath; version: number; fields: Field[] };

function Differences({ path, version, fields }: DifferencesProps) {
  const { t } = useTranslation();
  const query = useQuery(differenceQuery(path, version));
  return (
    <Loaded query={query} height={80}>
      {(differences) =>
        differences.length === 0 ? (
          <p className={text.note}>{t('modules.noDifference')}</p>
        ) : (
          <DifferenceList differences={differences} fields={fields} />
        )
      }
    </Loaded>
  );
}
