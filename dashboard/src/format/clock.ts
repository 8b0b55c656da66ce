import { dateTimeFormat } from './intl';

/** How far a zone's clock is ahead of UTC at a moment, in milliseconds. */
function offsetOf(moment: number, timeZone: string): number {
  const parts = dateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(new Date(moment));
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(
    of('year'),
    of('month') - 1,
    of('day'),
    of('hour'),
    of('minute'),
    of('second'),
  );
  return local - Math.floor(moment / 1000) * 1000;
}

/** The moment that a field of date and time means on the clock of a zone; ISO 8601, in UTC. */
export function momentOf(clock: string, timeZone: string): string {
  const asUtc = Date.parse(`${clock}Z`);
  const near = asUtc - offsetOf(asUtc, timeZone);
  return new Date(asUtc - offsetOf(near, timeZone)).toISOString();
}

/** What a field of date and time shows of a moment on the clock of a zone: `2026-12-24T18:00`. */
export function clockOf(moment: string, timeZone: string): string {
  const at = Date.parse(moment);
  return new Date(at + offsetOf(at, timeZone)).toISOString().slice(0, 16);
}
