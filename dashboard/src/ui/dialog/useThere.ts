import { useEffect, useState } from 'react';

/** Whether it has been drawn before. What lies over the screen notes where the focus was when it
 * opens: one whose code comes late must be closed at first. */
export function useThere(): boolean {
  const [isThere, setThere] = useState(false);
  useEffect(() => setThere(true), []);
  return isThere;
}
