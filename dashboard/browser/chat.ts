import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PYTHON = process.env.VITRINA_PYTHON ?? path.join(ROOT, '.venv/bin/python');
/** What a bot says comes in one go. */
const SILENCE_MS = 700;
const PATIENCE_MS = 90_000;

type Options = { bot: string; as: string; language: string; dataDir: string; start?: boolean };

/** A person's chat with a bot of a running simulator: `vitrina simulate chat`. */
export class Chat {
  private heard = '';
  private heardAt = 0;
  private readonly pressed = new Set<string>();
  private constructor(private readonly process: ChildProcessWithoutNullStreams) {
    for (const stream of [process.stdout, process.stderr])
      stream.on('data', (data: Buffer) => {
        this.heard += data.toString();
        this.heardAt = Date.now();
      });
  }

  static async with({ bot, as, language, dataDir, start }: Options): Promise<Chat> {
    const given = ['--as', as, '--language', language, '--data-dir', dataDir];
    const chat = new Chat(
      spawn(
        PYTHON,
        ['-m', 'cli', 'simulate', 'chat', bot, ...given, ...(start ? ['--start', ''] : [])],
        { cwd: ROOT },
      ),
    );
    if (start) await chat.quiet(0);
    return chat;
  }

  /** What is said from here on until the bot is silent. */
  private async quiet(from: number): Promise<string> {
    const until = Date.now() + PATIENCE_MS;
    while (this.heard.length === from || Date.now() - this.heardAt < SILENCE_MS) {
      if (Date.now() > until || this.process.exitCode !== null)
        throw new Error(`the bot is silent after: ${this.heard.slice(-600)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return this.heard.slice(from);
  }

  /** Types a line, and returns what the bot says to it. */
  async say(line: string): Promise<string> {
    const from = this.heard.length;
    this.process.stdin.write(`${line}\n`);
    return this.quiet(from);
  }

  /** The buttons of the newest message that has any, by their numbers. */
  buttons(): Map<number, string> {
    const found = new Map<number, string>();
    for (const [, number, label] of this.heard.matchAll(/^\s+\[(\d+)\] (.+)$/gm)) {
      if (number === '1') found.clear();
      found.set(Number(number), label as string);
    }
    return found;
  }

  /** Presses the first of these that is there, none twice. */
  async press(...wanted: readonly RegExp[]): Promise<string> {
    for (const each of wanted)
      for (const [number, label] of this.buttons())
        if (each.test(label) && !this.pressed.has(label)) {
          this.pressed.add(label);
          return this.say(String(number));
        }
    throw new Error(
      `none of ${wanted.join(', ')} among ${[...this.buttons().values()].join(', ')}`,
    );
  }

  /** Until the bot has said it: what is handed over comes a moment after the receipt. */
  async hear(what: string): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    while (!this.heard.includes(what)) {
      if (Date.now() > until) throw new Error(`no ${what} in: ${this.heard.slice(-600)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  get said(): string {
    return this.heard;
  }

  end(): void {
    this.process.stdin.write('/quit\n');
    this.process.stdin.end();
  }
}
