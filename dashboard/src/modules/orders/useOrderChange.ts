import { useMutation, useQueryClient } from '@tanstack/react-query';
import { isOfOrders } from './queries';

/** A change of an order; everything that shows orders is read anew after it. */
export function useOrderChange<T = void>(change: (value: T) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ predicate: isOfOrders }),
  });
}
