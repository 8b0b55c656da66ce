import { createContext } from 'react';

/** The forms within a side panel that are half-filled; null outside of one. */
export const HalfFilled = createContext<Set<string> | null>(null);
