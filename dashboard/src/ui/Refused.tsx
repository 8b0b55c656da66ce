import { useProblemText } from './problem';
import text from './text.module.css';

/** Why a press did not go through, in the reader's words, beside it; nothing while all is well. */
export function Refused({ error }: { error: Error | null }) {
  const problemText = useProblemText();
  if (!error) return null;
  return (
    <p role="alert" className={text.error}>
      {problemText(error)}
    </p>
  );
}
