import type { Tone } from '../../ui/Pill';
import type { TicketState } from './search';

export const TONES: Record<TicketState, Tone> = {
  waiting: 'waiting',
  answered: 'good',
  closed: 'plain',
};
