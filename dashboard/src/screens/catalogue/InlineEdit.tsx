import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useProblemText } from '../../ui/problem';
import styles from './catalogue.module.css';

type Props = {
  /** What is changed, of which product: "Price of Green tea". */
  label: string;
  /** As it is typed. */
  value: string;
  shown: string;
  inputMode: 'decimal' | 'numeric' | 'text';
  /** Why what is typed cannot be meant; undefined if it can. */
  misfitOf: (typed: string) => string | undefined;
  /** `seen` is the value that it was opened over. */
  onSave: (typed: string, seen: string) => Promise<unknown>;
};

/** A value that is changed where it stands: a press opens it, Enter or leaving it saves, Esc (or
 * leaving it empty) leaves it as it was. A refusal is told beside it, and what was typed stays. */
export function InlineEdit({ label, value, shown, inputMode, misfitOf, onSave }: Props) {
  const problemText = useProblemText();
  const [typed, setTyped] = useState<string | null>(null);
  const [seen, setSeen] = useState(value);
  const [misfit, setMisfit] = useState<string>();
  const button = useRef<HTMLButtonElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const isOpen = typed !== null;
  const isByKey = useRef(false);
  const close = () => setTyped(null);
  const save = useMutation({
    mutationFn: (wanted: string) => onSave(wanted, seen),
    onSuccess: close,
  });
  useEffect(() => {
    if (isOpen) {
      input.current?.focus();
      input.current?.select();
    } else if (isByKey.current) button.current?.focus();
    isByKey.current = false;
  }, [isOpen]);
  if (typed === null)
    return (
      <button
        ref={button}
        type="button"
        className={styles.edit}
        // What is read aloud holds what is seen.
        aria-label={`${label}: ${shown}`}
        title={label}
        onClick={() => {
          save.reset();
          setMisfit(undefined);
          setSeen(value);
          setTyped(value);
        }}
      >
        {shown}
      </button>
    );
  const submit = () => {
    if (save.isPending) return;
    if (typed.trim() === seen) return close();
    const found = misfitOf(typed);
    setMisfit(found);
    if (found === undefined) save.mutate(typed);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    isByKey.current = true;
    if (event.key === 'Enter') submit();
    else close();
  };
  return (
    <TextInput
      ref={input}
      size="md"
      className={styles.editing}
      aria-label={label}
      inputMode={inputMode}
      readOnly={save.isPending}
      value={typed}
      error={misfit ?? (save.error && problemText(save.error))}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        setMisfit(undefined);
        save.reset();
      }}
      onKeyDown={onKeyDown}
      onBlur={() => {
        // Emptied and left is no word for “without a limit”: that takes Enter.
        if (!typed.trim() && !save.isPending) close();
        else if (!save.error) submit();
      }}
    />
  );
}
