import { useMutation, useQueryClient } from '@tanstack/react-query';
import { isOfFraud } from '../queries';

/** A change of rules or limits; all that is shown of the filter is read anew after it. */
export function useRuleChange<T>(change: (value: T) => Promise<unknown>, onDone?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ predicate: isOfFraud }),
  });
}
