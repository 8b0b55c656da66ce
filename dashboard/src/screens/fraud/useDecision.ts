import { useMutation, useQueryClient } from '@tanstack/react-query';
import { send } from '../../api/client';
import { attentionQuery } from '../../api/queries';
import {
  DECISIONS,
  type Decision,
  type DecisionKind,
  isOfFraud,
  ONE_DECISION,
  shopperQuery,
} from './queries';
import type { Abuse } from './search';

/** What was decided just now, and can be taken back. */
export type Decided = Pick<Decision, 'id' | 'buyer_no' | 'decision'>;

type Wish = { buyerNo: number; decision: DecisionKind; abuse: Abuse | undefined; note: string };

function useAnew() {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ predicate: isOfFraud });
    void client.invalidateQueries({ queryKey: attentionQuery.queryKey });
  };
}

/** Decides about a shopper; `versionOf` is the version of what the reader sees of them. */
export function useDecision(shopId: number, version: string, onDone: (decided: Decided) => void) {
  const anew = useAnew();
  return useMutation({
    mutationFn: ({ buyerNo, decision, abuse, note }: Wish) =>
      send('post', DECISIONS, {
        params: {
          path: { shop_id: shopId, buyer_no: buyerNo },
          header: { 'if-match': version },
        },
        body: { decision, abuse, note },
      }),
    onSuccess: ({ decisions }) => {
      const [newest] = decisions;
      if (newest) onDone(newest);
    },
    onSettled: anew,
  });
}

/** Takes a decision back, over whatever was decided since about something else. */
export function useUndo(shopId: number, onDone: () => void) {
  const client = useQueryClient();
  const anew = useAnew();
  return useMutation({
    mutationFn: async ({ id, buyer_no }: Pick<Decided, 'id' | 'buyer_no'>) => {
      const now = await client.fetchQuery({ ...shopperQuery(shopId, buyer_no), staleTime: 0 });
      await send('delete', ONE_DECISION, {
        params: {
          path: { shop_id: shopId, buyer_no, decision_id: id },
          header: { 'if-match': now.version },
        },
      });
    },
    onSuccess: onDone,
    onSettled: anew,
  });
}
