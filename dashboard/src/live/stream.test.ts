import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeLive, problem } from '../testing/FakeApi';
import { backoff, type LiveEvent, type LiveStatus, LiveStream, SILENCE_MS } from './stream';

function start(answers: ((signal: AbortSignal) => Response | Promise<Response>)[]) {
  const events: LiveEvent[] = [];
  const statuses: LiveStatus[] = [];
  const fetcher = vi.fn(async (_: unknown, init?: RequestInit) => {
    const answer = answers.shift();
    if (!answer) throw new TypeError('network down');
    return answer(init?.signal as AbortSignal);
  });
  const stream = new LiveStream({
    url: '/api/v1/live?period=today',
    onEvent: (event) => events.push(event),
    onStatus: (status) => statuses.push(status),
    fetch: fetcher as typeof fetch,
    random: () => 1,
  });
  stream.open();
  return { stream, events, statuses, fetcher };
}

/** Lets everything that is already due happen, without the clock moving. */
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('live stream', () => {
  test('reads events whatever the borders of the chunks', async () => {
    const live = new FakeLive();
    const { events, statuses } = start([() => live.response]);
    live.send('event: over');
    await settle();
    live.send('view\ndata: {"period":');
    live.send('"7d"}\n\n: heartbeat\n\n');
    await settle();
    expect(events).toEqual([{ event: 'overview', data: { period: '7d' } }]);
    expect(statuses).toEqual(['connecting', 'live']);
  });

  test('reconnects after the server ended the stream', async () => {
    const [first, second] = [new FakeLive(), new FakeLive()];
    const { events, statuses, fetcher } = start([() => first.response, () => second.response]);
    first.send(': hello\n\n');
    await settle();
    first.end();
    await settle();
    expect(statuses.at(-1)).toBe('reconnecting');
    expect(fetcher).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(500);
    second.send('event: overview\ndata: {"n":2}\n\n');
    await settle();
    expect(statuses.at(-1)).toBe('live');
    expect(events).toEqual([{ event: 'overview', data: { n: 2 } }]);
  });

  test('goes on where it was, when the server wants it back', async () => {
    const [first, second] = [new FakeLive(), new FakeLive()];
    const { fetcher } = start([() => first.response, () => second.response]);
    first.send('event: overview\ndata: {"n":1}\nid: a1.b2\n\n');
    first.send('retry: 2000\n\n');
    await settle();
    first.end();
    await vi.advanceTimersByTimeAsync(1999);
    expect(fetcher).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    const headers = fetcher.mock.calls.map(([, init]) => new Headers(init?.headers));
    expect(headers.map((each) => each.get('last-event-id'))).toEqual([null, 'a1.b2']);
  });

  test('waits longer each time and says offline when it goes on', async () => {
    const { statuses, fetcher } = start([]);
    await settle();
    expect(fetcher).toHaveBeenCalledTimes(1);
    for (const [pause, calls] of [
      [500, 2],
      [1000, 3],
      [2000, 4],
    ] as const) {
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(fetcher).toHaveBeenCalledTimes(calls - 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(fetcher).toHaveBeenCalledTimes(calls);
    }
    expect(statuses.filter((status) => status === 'reconnecting')).toHaveLength(3);
    expect(statuses.at(-1)).toBe('offline');
  });

  test('tries at once when the network is back', async () => {
    const { stream, fetcher } = start([]);
    await settle();
    stream.retryNow();
    await settle();
    expect(fetcher).toHaveBeenCalledTimes(2);
  });

  test('gives up when the session is over', async () => {
    const { statuses, fetcher } = start([() => problem(401, 'session_missing')]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(statuses).toEqual(['connecting', 'ended']);
    expect(fetcher).toHaveBeenCalledTimes(1);
  });

  test('takes a silent connection for dead', async () => {
    const { statuses, fetcher } = start([
      (signal) => new FakeLive(signal).response,
      (signal) => new FakeLive(signal).response,
    ]);
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1);
    expect(statuses.at(-1)).toBe('live');
    await vi.advanceTimersByTimeAsync(1);
    expect(statuses.at(-1)).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(500);
    expect(fetcher).toHaveBeenCalledTimes(2);
  });

  test('pauses on close and can be opened again', async () => {
    const { stream, statuses, fetcher } = start([
      (signal) => new FakeLive(signal).response,
      (signal) => new FakeLive(signal).response,
    ]);
    await settle();
    stream.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(statuses.at(-1)).toBe('paused');
    expect(fetcher).toHaveBeenCalledTimes(1);
    stream.open();
    await settle();
    expect(statuses.at(-1)).toBe('live');
    expect(fetcher).toHaveBeenCalledTimes(2);
  });
});

test('the pause grows, is spread by half and never passes 15 s', () => {
  expect([0, 1, 2, 3, 4, 5, 20].map((attempt) => backoff(attempt, () => 1))).toEqual([
    500, 1000, 2000, 4000, 8000, 15_000, 15_000,
  ]);
  expect(backoff(20, () => 0)).toBe(7500);
});
