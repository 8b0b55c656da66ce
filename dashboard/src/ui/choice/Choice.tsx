import { Button } from '@mantine/core';
import styles from './choice.module.css';

type Props<T extends string> = {
  label: string;
  value: T;
  choices: readonly { value: T; label: string }[];
  onChoose: (value: T) => void;
};

/** One of a few, all of them in sight: which part of a screen is looked at. */
export function Choice<T extends string>({ label, value, choices, onChoose }: Props<T>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is sent with a form
    <div role="group" aria-label={label} className={styles.choice}>
      {choices.map((each) => (
        <Button
          key={each.value}
          size="md"
          variant={each.value === value ? 'filled' : 'default'}
          aria-pressed={each.value === value}
          onClick={() => onChoose(each.value)}
        >
          {each.label}
        </Button>
      ))}
    </div>
  );
}
