import { useEffect, useRef, useState } from 'react';

export const POLL_MS = 5000;

/** Asks again and again while a stream does not get through; whether the answers do. */
export function usePolling(isLost: boolean, ask: () => Promise<unknown>): boolean {
  const [isAnswered, setAnswered] = useState(false);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (!isLost) return;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = async () => {
      const answered = await latest.current().then(
        () => true,
        () => false,
      );
      if (isOver) return;
      setAnswered(answered);
      timer = setTimeout(poll, POLL_MS);
    };
    void poll();
    return () => {
      isOver = true;
      clearTimeout(timer);
      setAnswered(false);
    };
  }, [isLost]);
  return isLost && isAnswered;
}
