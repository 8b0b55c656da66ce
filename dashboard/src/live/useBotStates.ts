import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { attentionQuery, checkSession, shopsQuery } from '../api/queries';
import { follow } from './follow';
import { type LiveStatus, LiveStream, type ShownStatus } from './stream';
import { usePolling } from './usePolling';

/** Pushes when the state of a bot has changed, or what its owner must know. */
export const BOTS_LIVE_URL = '/api/v1/live/bots';

/**
 * Keeps the shops' bots, and what needs the owner, fresh by the server's push; tells whether the
 * server is there, and closes every screen once the session is over. Where streams do not get
 * through, it asks every few seconds.
 */
export function useBotStates(isInside: boolean): ShownStatus {
  const client = useQueryClient();
  const [status, setStatus] = useState<LiveStatus>('connecting');
  useEffect(() => {
    if (!isInside) return;
    let wasLost = false;
    const refresh = () => {
      void client.invalidateQueries({ queryKey: shopsQuery.queryKey });
      void client.invalidateQueries({ queryKey: attentionQuery.queryKey });
    };
    const stream = new LiveStream({
      url: BOTS_LIVE_URL,
      onEvent: ({ event }) => {
        if (event === 'bots') refresh();
      },
      onStatus: (next) => {
        setStatus(next);
        if (next === 'live' && wasLost) {
          // What failed without a network is asked for again.
          void client.refetchQueries({ predicate: ({ state }) => state.status === 'error' });
          refresh();
        }
        wasLost = next === 'live' ? false : wasLost || next === 'offline' || next === 'paused';
        if (next === 'ended') void checkSession(client);
      },
    });
    return follow(stream);
  }, [client, isInside]);
  const isPolled = usePolling(isInside && status === 'offline', () =>
    Promise.all(
      [shopsQuery, attentionQuery].map(({ queryKey }) =>
        client.refetchQueries({ queryKey }, { throwOnError: true }),
      ),
    ),
  );
  return isPolled ? 'polling' : status;
}
