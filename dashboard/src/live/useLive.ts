import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { liveUrl, type View } from '../api/client';
import type { Overview } from '../api/contract';
import { meQuery, overviewQuery } from '../api/queries';
import { type LiveStatus, LiveStream } from './stream';

/**
 * Keeps the overview of a view fresh by the server's push, and tells how that goes. Silent while
 * the tab is hidden; whatever was missed in a gap is fetched once the stream is back.
 */
export function useLive(view: View): LiveStatus {
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
        if (next === 'ended') void client.invalidateQueries({ queryKey: meQuery.queryKey });
        wasLost = next !== 'live' && next !== 'connecting' ? true : wasLost && next !== 'live';
      },
    });
    const onVisibility = () => (document.hidden ? stream.close() : stream.open());
    const onOnline = () => stream.retryNow();
    onVisibility();
    document.addEventListener('visibilitychange', onVisibility);
    window.addEventListener('online', onOnline);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      window.removeEventListener('online', onOnline);
      stream.close();
    };
  }, [client, url]);

  return status;
}
