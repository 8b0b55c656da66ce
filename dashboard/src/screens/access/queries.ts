import { infiniteQueryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import { attentionQuery } from '../../api/queries';
import type { components } from '../../api/schema';
import type { AccessSearch } from './search';

type Schemas = components['schemas'];
export type Link = Schemas['ManagedLink'];
export type NewLink = Schemas['NewLink'];
export type LinkDraft = Schemas['LinkDraft'];
export type Session = Schemas['PanelSession'];
export type Alert = Schemas['StoredAlert'];
export type OwnerChat = Schemas['OwnerChat'];
export type LogEntry = Schemas['LoggedAccess'];
export type Decision = LogEntry['decision'];

const ACCESS = '/api/v1/access';
export const LINKS = `${ACCESS}/links` as const;
export const ONE_LINK = `${LINKS}/{link_id}` as const;
export const ROTATION = `${ONE_LINK}/rotate` as const;
const SESSIONS = `${ACCESS}/sessions` as const;
export const ONE_SESSION = `${SESSIONS}/{session_id}` as const;
export const OTHER_SESSIONS = `${SESSIONS}/end-others` as const;
const ALERTS = `${ACCESS}/alerts` as const;
export const ALERT_ANSWER = `${ALERTS}/{alert_id}/answer` as const;
const CHATS = `${ACCESS}/owner-chats` as const;
export const ONE_CHAT = `${CHATS}/{bot_id}/{telegram_id}` as const;
export const CHAT_CODES = `${CHATS}/codes` as const;
const LOG = `${ACCESS}/log` as const;

/** What is seen of a link and of who is in is of half a minute ago at most. */
const ANEW_MS = 30_000;
/** As many as the API gives a page. */
const LOG_PAGE = 200;

export const linksQuery = (withEnded: boolean) => ({
  ...read(LINKS, { params: { query: withEnded ? { ended: true } : {} } }),
  refetchInterval: ANEW_MS,
});

export const sessionsQuery = { ...read(SESSIONS), refetchInterval: ANEW_MS };

export const alertsQuery = { ...read(ALERTS), refetchInterval: ANEW_MS };

export const devicesQuery = read(`${ACCESS}/devices`);

export const chatsQuery = read(CHATS);

const wantedOf = ({ of, decision, first, last }: AccessSearch) => ({
  link: of,
  decision,
  from: first,
  to: last,
});

/** The newest first, a page at a time. */
export const logQuery = (search: AccessSearch) =>
  infiniteQueryOptions({
    queryKey: [LOG, wantedOf(search)],
    queryFn: ({ pageParam, signal }) =>
      send('get', LOG, { params: { query: { ...wantedOf(search), before: pageParam } }, signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.length < LOG_PAGE ? undefined : page.at(-1)?.id),
  });

/** The file of all that `logQuery` would give. */
export function logFileOf(search: AccessSearch): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(wantedOf(search)))
    if (value !== undefined) query.set(key, String(value));
  return `${LOG}.csv?${query}`;
}

const isOfAccess = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  String(queryKey[0]).startsWith(ACCESS) || queryKey[0] === attentionQuery.queryKey[0];

/** A change of who may be in, after which all that is shown of it is asked for anew. A token in its
 * answer is forgotten with the component that asked. */
export function useAccessChange<T, V = void>(
  change: (value: V) => Promise<T>,
  onDone?: (answer: T) => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    gcTime: 0,
    onSuccess: (answer) => {
      onDone?.(answer);
      void client.invalidateQueries({ predicate: isOfAccess });
    },
  });
}
