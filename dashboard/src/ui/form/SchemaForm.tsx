import { Alert, Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, isConflict } from '../../api/errors';
import { useProblemText } from '../problem';
import text from '../text.module.css';
import { Conflict } from './Conflict';
import { misfitsOf } from './check';
import { FieldInput } from './FieldInput';
import { fieldsOf, type Schema } from './fields';
import styles from './form.module.css';
import { LeaveGuard } from './LeaveGuard';

export type Value = Record<string, unknown>;

type Props = {
  /** JSON Schema of an object, with our `x-` words in both languages. */
  form: Schema;
  /** As the server has it. */
  value: Value;
  /** Saves all of it; raises ApiError. */
  onSave: (value: Value) => Promise<unknown>;
  /** Reads what another owner has saved meanwhile; the form is then drawn from that. */
  onTakeTheirs: () => void;
  /** Reads the newest version, so that the next save goes over it. */
  onKeepMine: () => Promise<unknown>;
  isReadOnly?: boolean;
  /** What saving would change, shown above the button. */
  differenceOf?: (draft: Value) => ReactNode;
};

/** A form drawn from a schema: what does not fit is told at its field, what is refused too. */
export function SchemaForm({ form, value, onSave, onTakeTheirs, onKeepMine, ...more }: Props) {
  const { isReadOnly, differenceOf } = more;
  const { t } = useTranslation();
  const problemText = useProblemText();
  const fields = useMemo(() => fieldsOf(form), [form]);
  const [draft, setDraft] = useState(value);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [isSaved, setSaved] = useState(false);
  const box = useRef<HTMLFormElement>(null);
  useEffect(() => setDraft(value), [value]);
  const isChanged = JSON.stringify(draft) !== JSON.stringify(value);

  const refuse = (found: Record<string, string>) => {
    setErrors(found);
    requestAnimationFrame(() =>
      box.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
    );
  };
  const save = useMutation({
    mutationFn: onSave,
    onSuccess: () => setSaved(true),
    onError: (error) => {
      if (!(error instanceof ApiError) || error.errors.length === 0) return;
      // The server names what it was sent as `settings.…` or as it stands in the form.
      const named = error.errors.map(({ field, message }) => [
        field.replace(/^settings\./, ''),
        message,
      ]);
      refuse(Object.fromEntries(named));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const misfits = misfitsOf(form, draft);
    refuse(
      Object.fromEntries(
        misfits.map(({ path, keyword, limit }) => [
          path,
          t(`form.misfit.${keyword}`, { limit, defaultValue: t('form.misfit.other') }),
        ]),
      ),
    );
    if (misfits.length === 0) save.mutate(draft);
  };
  const change = (next: Value) => {
    setDraft(next);
    setSaved(false);
    if (!isConflict(save.error)) save.reset();
  };
  const keep = async () => {
    await onKeepMine();
    save.mutate(draft);
  };
  const isElsewhere = save.error && !isConflict(save.error) && Object.keys(errors).length === 0;
  return (
    <form ref={box} noValidate onSubmit={submit} className={styles.form}>
      <LeaveGuard isChanged={isChanged && !save.isPending && !isSaved} />
      {fields.map((field) => (
        <FieldInput
          key={field.key}
          field={field}
          path={field.key}
          value={draft[field.key]}
          errors={errors}
          isReadOnly={isReadOnly ?? false}
          onChange={(next) => {
            change({ ...draft, [field.key]: next });
            setErrors((before) => withoutPath(before, field.key));
          }}
        />
      ))}
      {isConflict(save.error) && <Conflict onTakeTheirs={onTakeTheirs} onKeepMine={keep} />}
      {isElsewhere && save.error && (
        <Alert role="alert" color="red" className={text.notice}>
          {problemText(save.error)}
        </Alert>
      )}
      {!isReadOnly && isChanged && differenceOf?.(draft)}
      {!isReadOnly && (
        <div className={styles.actions}>
          <Button type="submit" size="md" loading={save.isPending} disabled={!isChanged}>
            {t('form.save')}
          </Button>
          <Button
            size="md"
            variant="default"
            disabled={!isChanged || save.isPending}
            onClick={() => {
              change(value);
              setErrors({});
            }}
          >
            {t('form.undo')}
          </Button>
          <span role="status">{isSaved && !isChanged ? t('form.saved') : ''}</span>
        </div>
      )}
    </form>
  );
}

/** Errors of the field and of all within it go once it is changed. */
const withoutPath = (errors: Record<string, string>, key: string) =>
  Object.fromEntries(
    Object.entries(errors).filter(([path]) => path !== key && !path.startsWith(`${key}.`)),
  );
