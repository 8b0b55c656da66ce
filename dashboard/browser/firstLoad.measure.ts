import os from 'node:os';
import { expect, test } from 'vitest';
import { ANSWERS } from '../src/testing/samples';
import { launch } from './chromium';
import { FakeServer } from './fakeServer';
import { LOOPBACK, type Paints, paintsOf, SLOW_PHONE, sizesOfCode } from './firstLoad';

const RUNS = 5;

const median = (values: number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

const WAYS = [
  ['on loopback', LOOPBACK, 800],
  ['on a slow phone', SLOW_PHONE, 2500],
] as const;
const KIB = 1024;

/** Prints what was measured; a busy machine says little, so no time is judged here. */
test('the first load of the overview', async () => {
  const server = new FakeServer();
  // The real stack where its address is given: a session has to be opened in it by other means.
  const origin = process.env.VITRINA_ORIGIN ?? (await server.start());
  server.answers = ANSWERS;
  const browser = await launch();
  const { main, others } = sizesOfCode();
  const [name, size] = Object.entries(others).sort(([, a], [, b]) => b - a)[0] ?? ['', 0];
  console.log(
    `main bundle: ${(main / KIB).toFixed(1)} KiB gzip (goal: at most 200); ` +
      `largest other: ${(size / KIB).toFixed(1)} (goal: at most 40), ${name}`,
  );
  for (const [where, line, goal] of WAYS) {
    const runs: Paints[] = [];
    for (let run = 0; run < RUNS; run += 1) runs.push(await paintsOf(browser, `${origin}/`, line));
    const of = (key: 'first' | 'figures' | 'largest' | 'work') =>
      runs.map((each) => Math.round(each[key]));
    const [busy = 0] = os.loadavg();
    console.log(
      `${where}: LCP ${median(of('largest'))} ms (goal: at most ${goal}; ${of('largest')}), ` +
        `first paint ${median(of('first'))}, first figure ${median(of('figures'))}, ` +
        `work ${median(of('work'))} ms of a processor; ` +
        `largest is ${runs[0]?.what}; load ${busy.toFixed(1)} on ${os.cpus().length} processors`,
    );
    expect(Math.min(...of('largest'))).toBeGreaterThan(0);
  }
  await browser.close();
  server.stop();
}, 600_000);
