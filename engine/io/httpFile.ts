// One GET request whose body is appended to a file. It knows ranges, redirects and time limits; it must not know
// mirrors, hashes or retries.
import { open } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { dirname } from "node:path";
import { requireFree } from "./diskSpace.js";

/** Says which version of a resource a range belongs to: a strong ETag, or a date. */
export type Validator = string;

export interface HttpFileOptions {
  readonly url: string;
  readonly file: string;
  /** Bytes of `file` that are there already. The server may ignore this; then the file starts again. */
  readonly offset: number;
  /** Sent as If-Range when resuming: the server starts again if the resource is another one now. */
  readonly validator?: Validator;
  readonly connectTimeoutMs: number;
  /** Longest silence before the answer and in the middle of a body. */
  readonly idleTimeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called before the first byte of the body is written: where writing starts, and the resource's version. */
  readonly onStart: (start: number, total: number | undefined, validator: Validator | undefined) => Promise<void>;
  readonly onBytes: (received: number, total: number | undefined) => void;
}

/** The other end refused, fell silent or stopped early: another try or another mirror may help. */
export class HttpFileError extends Error {
  override readonly name = "HttpFileError";
  constructor(
    message: string,
    /** HTTP status, where the server answered with a refusal. */
    readonly status?: number,
    /** The connection was lost on the way: the same server may go on with the next one. */
    readonly cut: boolean = false,
  ) {
    super(message);
  }
}

const maxRedirects = 5;

/**
 * Appends the rest of `url` to `file`, and returns the file's length. A body that ends early throws and leaves what came.
 * @throws {HttpFileError} for everything that is the network's or the server's; {DiskFullError} before writing when it cannot fit.
 */
export async function fetchToFile(options: HttpFileOptions): Promise<number> {
  const response = await respond(options);
  try {
    const start = startOf(response, options.offset);
    const length = numberOf(response.headers["content-length"]);
    const total = length === undefined ? undefined : start + length;
    if (length !== undefined) requireFree(dirname(options.file), length);
    await options.onStart(start, total, validatorOf(response));
    return await write(response, options, start, total);
  } finally {
    response.destroy();
  }
}

async function respond(options: HttpFileOptions): Promise<IncomingMessage> {
  const headers: Record<string, string> = { "accept-encoding": "identity", "user-agent": "gradtape" };
  if (options.offset > 0) {
    headers["range"] = `bytes=${options.offset}-`;
    if (options.validator !== undefined) headers["if-range"] = options.validator;
  }
  let url = new URL(options.url);
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const response = await ask(url, headers, options);
    const status = response.statusCode ?? 0;
    const location = response.headers.location;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return response;
    response.destroy();
    url = new URL(location, url);
  }
  throw new HttpFileError(`more than ${maxRedirects} redirects`);
}

function ask(url: URL, headers: Record<string, string>, options: HttpFileOptions): Promise<IncomingMessage> {
  const { connectTimeoutMs, signal } = options;
  const request = { "http:": httpRequest, "https:": httpsRequest }[url.protocol];
  if (!request) throw new HttpFileError(`expected an http or https address, got ${url.protocol}`);
  return new Promise((resolve, reject) => {
    const req = request(url, { headers, signal });
    const limit = (ms: number, what: string) =>
      setTimeout(() => req.destroy(new HttpFileError(`${what} in ${ms / 1000} s`)), ms);
    let timer = limit(connectTimeoutMs, "no connection");
    const connected = () => {
      clearTimeout(timer);
      timer = limit(options.idleTimeoutMs, "no answer");
    };
    req.on("socket", (socket) => {
      if (socket.connecting) socket.once(url.protocol === "https:" ? "secureConnect" : "connect", connected);
      else connected();
    });
    req.on("response", (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    req.on("error", (error) => {
      clearTimeout(timer);
      reject(asHttpError(error, signal));
    });
    req.end();
  });
}

/** Where the body belongs in the file. */
function startOf(response: IncomingMessage, offset: number): number {
  const status = response.statusCode ?? 0;
  if (status === 200) return 0;
  if (status !== 206) throw new HttpFileError(`the server answered ${status}`, status);
  const range = /^bytes (\d+)-/.exec(response.headers["content-range"] ?? "");
  if (Number(range?.[1]) !== offset) {
    throw new HttpFileError(`expected bytes from ${offset}, got "${response.headers["content-range"] ?? ""}"`, 416);
  }
  return offset;
}

async function write(
  response: IncomingMessage,
  options: HttpFileOptions,
  start: number,
  total: number | undefined,
): Promise<number> {
  const file = await open(options.file, start === 0 ? "w" : "r+");
  const silent = () => response.destroy(new HttpFileError(`no data for ${options.idleTimeoutMs / 1000} s`));
  let timer = setTimeout(silent, options.idleTimeoutMs);
  try {
    await file.truncate(start);
    let received = start;
    for await (const chunk of chunksOf(response, options.signal)) {
      await writeAll(file, chunk, received);
      received += chunk.length;
      options.onBytes(received, total);
      clearTimeout(timer);
      timer = setTimeout(silent, options.idleTimeoutMs);
    }
    if (total !== undefined && received !== total) {
      throw new HttpFileError(`the connection was cut after ${received} of ${total} bytes`, undefined, true);
    }
    await file.sync();
    return received;
  } finally {
    clearTimeout(timer);
    await file.close();
  }
}

/** The body's chunks. Only reading errors pass through here, so that those of the disk keep their own names. */
async function* chunksOf(response: IncomingMessage, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw asHttpError(error, signal);
  }
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, chunk: Buffer, position: number): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    done += (await file.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
  }
}

function validatorOf(response: IncomingMessage): Validator | undefined {
  const etag = response.headers.etag;
  // A weak ETag may name two byte sequences, so it cannot guard a range.
  return etag !== undefined && !etag.startsWith("W/") ? etag : response.headers["last-modified"];
}

function numberOf(header: string | undefined): number | undefined {
  return header === undefined ? undefined : Number(header);
}

/** Errors of sockets and names become one kind; the caller's own abort passes through. */
function asHttpError(error: unknown, signal: AbortSignal | undefined): Error {
  if (signal?.aborted) return signal.reason as Error;
  if (error instanceof HttpFileError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ECONNREFUSED":
      return new HttpFileError("the connection was refused");
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new HttpFileError("the host name was not found");
    case "ECONNRESET":
    case "ECONNABORTED":
    case "EPIPE":
      return new HttpFileError("the connection was cut", undefined, true);
    default:
      return new HttpFileError(message || String(code));
  }
}
