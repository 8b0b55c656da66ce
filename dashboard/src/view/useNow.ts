import { useEffect, useState } from 'react';

const MINUTE_MS = 60_000;

/** The time, renewed by the minute: a screen that is open over midnight goes on to the new day.
 * For days of the calendar; as a part of a query's key it would ask anew each time. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
