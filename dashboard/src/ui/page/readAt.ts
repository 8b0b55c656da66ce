import { createContext } from 'react';

/** When what is shown was read, in milliseconds: `Loaded` says it to whatever stands within. */
export const ReadAt = createContext<number | undefined>(undefined);
