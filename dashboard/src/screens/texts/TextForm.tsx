import { Button, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { type ApiError, isConflict } from '../../api/errors';
import { Conflict } from '../../ui/form/Conflict';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { useDraft } from '../../ui/form/useDraft';
import { useProblemText } from '../../ui/problem';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import note from '../../ui/text.module.css';
import { Bubble } from './Bubble';
import { type OneText, type Shown, TEXT, type TextPath, useTextChange } from './queries';

const PAUSE_MS = 400;
const TAGS = ['b', 'i', 'code'] as const;

/** How a text that is being typed will look; made by what the bots themselves use. */
function usePreview(path: TextPath, template: string) {
  const [settled] = useDebouncedValue(template, PAUSE_MS);
  return useQuery<Shown, ApiError>({
    queryKey: [`${TEXT}/preview`, path, settled],
    queryFn: ({ signal }) =>
      send('post', `${TEXT}/preview`, { params: { path }, body: { template: settled }, signal }),
    enabled: settled.trim() !== '',
    placeholderData: (before) => before,
    retry: false,
  });
}

const draftOf = ({ own, template }: OneText) => ({ template: own ?? template });

type Props = { path: TextPath; text: OneText; name: string };

/** A text in one language: the owner's own or ours, with its places, and how Telegram shows it. */
export function TextForm({ path, text, name }: Props) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const box = useRef<HTMLTextAreaElement>(null);
  const form = useDraft(text, draftOf);
  const { isChanged } = form;
  const typed = form.typed.template;
  const setTyped = (template: string) => form.change({ template });
  const preview = usePreview(path, typed);
  const named = (version: string) => ({ path, header: { 'if-match': `"${version}"` } });
  const save = useTextChange((version: string) =>
    send('put', TEXT, { params: named(version), body: { template: typed } }),
  );
  const reset = useTextChange(() => send('delete', TEXT, { params: named(text.version) }));
  const error = save.error ?? reset.error;
  const saveOver = (version: string) => save.mutate(version, { onSuccess: form.drop });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saveOver(form.base.version);
  };
  const takeTheirs = () => {
    save.reset();
    reset.reset();
    form.drop();
  };
  /** Puts something in where the text is being typed, around what is chosen there. */
  const put = (left: string, right = '') => {
    const { selectionStart = typed.length, selectionEnd = typed.length } = box.current ?? {};
    const chosen = typed.slice(selectionStart, selectionEnd);
    setTyped(typed.slice(0, selectionStart) + left + chosen + right + typed.slice(selectionEnd));
    box.current?.focus();
  };
  const languageName = t(`language.${path.language}`);
  return (
    <form onSubmit={submit} className={record.form} aria-label={languageName}>
      <LeaveGuard isChanged={isChanged && !save.isPending} />
      <Textarea
        ref={box}
        size="md"
        lang={path.language}
        label={languageName}
        description={text.own === null ? t('texts.isOurs') : t('texts.isOwn')}
        autosize
        minRows={3}
        maxLength={5000}
        value={typed}
        error={preview.error && typed.trim() !== '' && problemText(preview.error)}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      <div className={record.buttons}>
        {TAGS.map((tag) => (
          <Button
            key={tag}
            size="md"
            variant="default"
            aria-label={`${languageName}: ${t(`texts.tag.${tag}`)}`}
            onClick={() => put(`<${tag}>`, `</${tag}>`)}
          >
            {t(`texts.tag.${tag}`)}
          </Button>
        ))}
        {text.places.map((place) => (
          <Button
            key={place}
            size="md"
            variant="light"
            aria-label={`${languageName}: {${place}}`}
            onClick={() => put(`{${place}}`)}
          >
            {`{${place}}`}
          </Button>
        ))}
      </div>
      {preview.data && typed.trim() !== '' && <Bubble name={name} shown={preview.data} />}
      {isConflict(save.error) ? (
        <Conflict onTakeTheirs={takeTheirs} onKeepMine={() => saveOver(text.version)} />
      ) : (
        <Refused error={error} />
      )}
      <div className={record.buttons}>
        <Button
          type="submit"
          size="md"
          loading={save.isPending}
          disabled={!isChanged || !typed.trim() || preview.isError}
        >
          {t('texts.save')}
        </Button>
        {text.own !== null && (
          <Button
            size="md"
            variant="default"
            loading={reset.isPending}
            onClick={() => reset.mutate(undefined, { onSuccess: form.drop })}
          >
            {t('texts.reset')}
          </Button>
        )}
      </div>
      {text.changed_by && (
        <p className={note.note}>{t('texts.changedBy', { name: text.changed_by })}</p>
      )}
    </form>
  );
}
