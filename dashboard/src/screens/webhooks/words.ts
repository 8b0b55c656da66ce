import type { Tone } from '../../ui/Pill';
import type { Delivery, Endpoint } from './queries';

export const HOOK_TONES: Record<Endpoint['state'], Tone> = {
  on: 'good',
  off: 'plain',
  failed: 'bad',
};
export const DELIVERY_TONES: Record<Delivery['state'], Tone> = {
  waiting: 'waiting',
  delivered: 'good',
  parked: 'bad',
  dropped: 'plain',
};
