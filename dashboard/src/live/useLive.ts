import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { send } from '../api/client';
import { type ApiError, isUnreachable } from '../api/errors';
import type { Overview } from '../api/model';
import { liveUrl, type OverviewView, overviewQuery, queryOf } from '../api/overview';
import { checkSession, statusQuery } from '../api/queries';
import { follow } from './follow';
import { type LiveStatus, LiveStream, type ShownStatus } from './stream';
import { usePolling } from './usePolling';

const isStoreAway = (error: unknown) =>
  isUnreachable(error) && (error as ApiError).code === 'clickhouse_unavailable';

/**
 * Keeps the overview of a view fresh by the server's push, and tells how that goes. Silent while
 * the tab is hidden; whatever was missed in a gap is fetched once the stream is back. Where streams
 * do not get through, it is asked for every few seconds.
 */
export function useLive(view: OverviewView): ShownStatus {
  const client = useQueryClient();
  const [status, setStatus] = useState<LiveStatus>('connecting');
  const [isAway, setAway] = useState(false);
  const url = liveUrl(view);
  const latest = useRef(view);
  latest.current = view;
  const wasAway = useRef(false);
  const note = useCallback(
    (away: boolean) => {
      // The shell says in words what is away, and what works meanwhile.
      if (wasAway.current !== away)
        void client.invalidateQueries({ queryKey: statusQuery.queryKey });
      wasAway.current = away;
      setAway(away);
    },
    [client],
  );

  useEffect(() => {
    const { queryKey } = overviewQuery(latest.current);
    let wasLost = false;
    const stream = new LiveStream({
      url,
      onEvent: ({ event, data }) => {
        if (event === 'overview') client.setQueryData(queryKey, data as Overview);
        if (event === 'overview' || event === 'degraded') note(event === 'degraded');
      },
      onStatus: (next) => {
        setStatus(next);
        if (next === 'live' && wasLost) void client.invalidateQueries({ queryKey });
        if (next === 'ended') void checkSession(client);
        wasLost = next !== 'live' && next !== 'connecting' ? true : wasLost && next !== 'live';
      },
    });
    return follow(stream);
  }, [client, url, note]);

  const isPolled = usePolling(status === 'offline', async () => {
    const asked = latest.current;
    try {
      const overview = await send('get', '/api/v1/live/overview', {
        params: { query: queryOf(asked) },
      });
      client.setQueryData(overviewQuery(asked).queryKey, overview);
      note(false);
    } catch (error) {
      if (!isStoreAway(error)) throw error;
      note(true);
    }
  });
  if (isAway && (status === 'live' || isPolled)) return 'away';
  return isPolled ? 'polling' : status;
}
