import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Overview } from '../api/model';
import { liveUrl, type OverviewView, overviewQuery } from '../api/overview';
import { checkSession } from '../api/queries';
import { follow } from './follow';
import { type LiveStatus, LiveStream } from './stream';

/**
 * Keeps the overview of a view fresh by the server's push, and tells how that goes. Silent while
 * the tab is hidden; whatever was missed in a gap is fetched once the stream is back.
 */
export function useLive(view: OverviewView): LiveStatus {
  const client = useQueryClient();
  const [status, setStatus] = useState<LiveStatus>('connecting');
  const url = liveUrl(view);
  const latest = useRef(view);
  latest.current = view;

  useEffect(() => {
    const { queryKey } = overviewQuery(latest.current);
    let wasLost = false;
    const stream = new LiveStream({
      url,
      onEvent: ({ event, data }) => {
        if (event === 'overview') client.setQueryData(queryKey, data as Overview);
      },
      onStatus: (next) => {
        setStatus(next);
        if (next === 'live' && wasLost) void client.invalidateQueries({ queryKey });
        if (next === 'ended') void checkSession(client);
        wasLost = next !== 'live' && next !== 'connecting' ? true : wasLost && next !== 'live';
      },
    });
    return follow(stream);
  }, [client, url]);

  return status;
}
