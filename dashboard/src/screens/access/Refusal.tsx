import { Refusal as AnyRefusal } from '../../parts/confirmation/Refusal';
import { useAccessProblem } from './words';

/** Why a press did not go through, with what only this screen is refused. */
export function Refusal({ error }: { error: Error | null }) {
  return <AnyRefusal error={error} textOf={useAccessProblem()} />;
}
