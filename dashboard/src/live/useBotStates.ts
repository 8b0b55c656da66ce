import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { BOTS_LIVE_URL } from '../api/client';
import { attentionQuery, meQuery, shopsQuery } from '../api/queries';
import { LiveStream } from './stream';

/** Keeps the shops' bots, and what needs the owner, fresh by the server's push. */
export function useBotStates(): void {
  const client = useQueryClient();
  useEffect(() => {
    const stream = new LiveStream({
      url: BOTS_LIVE_URL,
      onEvent: ({ event }) => {
        if (event !== 'bots') return;
        void client.invalidateQueries({ queryKey: shopsQuery.queryKey });
        void client.invalidateQueries({ queryKey: attentionQuery.queryKey });
      },
      onStatus: (status) => {
        if (status === 'ended') void client.invalidateQueries({ queryKey: meQuery.queryKey });
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
  }, [client]);
}
