import { Refusal } from '../parts/confirmation/Refusal';

/** Why a press did not go through, in the reader's words, beside it; nothing while all is well.
 * Where it waits for the owner's button in the chat, how that stands. */
export const Refused = ({ error }: { error: Error | null }) => <Refusal error={error} />;
