import type { IconProps } from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { Role, Translated } from './api/model';

/** In the order in which the menu shows them. */
export const GROUPS = ['shop', 'sales', 'growth', 'analysis', 'system'] as const;
export type Group = (typeof GROUPS)[number];

/** What a folder of `screens/` or `modules/<key>/` says of its screen, in its `screen.ts`. */
export type Screen = {
  /** `/orders` or `/orders/$order`; what stands after `$` is given by `useParams`. */
  path: string;
  /** The menu's and the tab's name. */
  title: Translated;
  /** Absent: it is reached from another screen only. */
  menu?: {
    group: Group;
    /** Within the group; tens leave room. */
    order: number;
    /** Where there is no room for the title: the phone's bar. */
    short?: Translated;
    Icon: ComponentType<IconProps>;
    /** Among the first four of a phone's bottom bar, in this order. */
    phone?: number;
  };
  /** Who finds it in the menu; absent: everybody. The API is what refuses. */
  roles?: readonly Role[];
  /** What of the shell's view it obeys; the rest is kept in the address all the same. */
  view?: { shops?: boolean; period?: boolean; compare?: boolean };
  /** Which metrics of the dictionary it shows, as `cohort_day.retention`. */
  metrics?: readonly string[];
  /** Its own part of the address; must never throw, and name each key, absent ones as undefined. */
  search?: (raw: Record<string, unknown>) => Record<string, unknown>;
  /** Drawn outside of the shell, without a session. */
  isOutside?: boolean;
  load: () => Promise<ComponentType>;
};

export const defineScreen = (screen: Screen): Screen => screen;
