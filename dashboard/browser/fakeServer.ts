import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import zlib from 'node:zlib';

const DIST = path.resolve(import.meta.dirname, '../dist');
/** As api/dashboard.py sends it. */
const POLICY = (nonce: string) =>
  `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; ` +
  "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; " +
  "base-uri 'none'; form-action 'self'; object-src 'none'";
const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/** As api/dashboard.py prefers them. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** As api/dashboard.py lets them be kept. */
const caching = (pathname: string) => ({
  'cache-control': pathname.startsWith('/assets/')
    ? 'public, max-age=31536000, immutable'
    : 'no-cache',
});

export type Answers = Record<string, unknown>;

/** The built panel and an API that answers from memory; its streams stay open and silent. */
export class FakeServer {
  answers: Answers = {};
  /** What was asked for and has no answer. */
  readonly unknown: string[] = [];
  /** What was sent to be changed, in its order. */
  readonly sent: { route: string; body: unknown }[] = [];
  private readonly server = http.createServer((request, response) => this.reply(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private reply(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://panel.test');
    if (pathname.startsWith('/api/v1/live')) this.stream(response);
    else if (pathname.startsWith('/api/')) {
      const route = `${request.method} ${pathname}`;
      if (request.method === 'GET') this.answer(route, response, searchParams);
      else void this.take(route, request, response);
    } else if (path.extname(pathname)) this.file(pathname, request, response);
    else this.page(request, response);
  }

  private stream(response: http.ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': hello\n\n');
    const beat = setInterval(() => response.write(': beat\n\n'), 3000);
    response.on('close', () => clearInterval(beat));
  }

  private async take(
    route: string,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    this.sent.push({ route, body: text ? JSON.parse(text) : null });
    this.answer(route, response);
  }

  /** By the query where there is an answer to what it asks for, else by the path alone. */
  private answer(
    route: string,
    response: http.ServerResponse,
    asked = new URLSearchParams(),
  ): void {
    const particular = Object.keys(this.answers).find((key) => {
      const [path, query] = key.split('?');
      const wanted = [...new URLSearchParams(query)];
      return path === route && query && wanted.every(([name, value]) => asked.get(name) === value);
    });
    const found = this.answers[particular ?? route];
    if (found === undefined) this.unknown.push(route);
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { status: 404, code: 'not_found' }));
  }

  private file(
    pathname: string,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): void {
    const file = path.join(DIST, path.normalize(pathname));
    if (!fs.existsSync(file)) return void response.writeHead(404).end();
    const type = {
      'content-type': TYPES[path.extname(file)] ?? 'text/plain',
      ...caching(pathname),
    };
    const accepted = String(request.headers['accept-encoding']).split(/[\s,]+/);
    for (const [encoding, ending] of ENCODINGS)
      if (accepted.includes(encoding) && fs.existsSync(file + ending)) {
        response.writeHead(200, { ...type, 'content-encoding': encoding });
        return void response.end(fs.readFileSync(file + ending));
      }
    response.writeHead(200, type);
    response.end(fs.readFileSync(file));
  }

  private page(request: http.IncomingMessage, response: http.ServerResponse): void {
    const html = fs.readFileSync(path.join(DIST, 'index.html'), 'utf8');
    const isPacked = String(request.headers['accept-encoding']).includes('gzip');
    const page = html.replaceAll('__CSP_NONCE__', 'browserpass');
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY('browserpass'),
      ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(isPacked ? zlib.gzipSync(page) : page);
  }
}
