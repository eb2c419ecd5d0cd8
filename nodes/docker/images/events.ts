/** The stream of JSON lines with which an engine reports on a pull, a build or an import. */
import type { Waiting } from '../../node.ts';

export interface EngineEvent {
  /** Build output. */
  readonly stream?: string;
  /** Pull: "Downloading", "Pull complete" … */
  readonly status?: string;
  /** Pull: the layer. */
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
  readonly aux?: { readonly ID?: string };
}

/** One line of output may be long; a stream without a newline may not grow for ever. */
const LINE_CHARS_MAX = 1 << 20;

/** Yields every event. An `error` event is thrown as an Error with the engine's words; aborting destroys the stream, which ends a build. */
export async function* engineEvents(stream: NodeJS.ReadableStream, { signal }: Waiting = {}): AsyncGenerator<EngineEvent> {
  const readable = stream as NodeJS.ReadableStream & { destroy(error?: Error): void };
  const onAbort = () => readable.destroy();
  signal?.addEventListener('abort', onAbort, { once: true });
  const decoder = new TextDecoder();
  let rest = '';
  try {
    signal?.throwIfAborted();
    for await (const chunk of readable) {
      rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      if (rest.length > LINE_CHARS_MAX) throw new Error(`the engine sent a line longer than ${LINE_CHARS_MAX} characters`);
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield* eventIn(line);
    }
    yield* eventIn(rest);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    readable.destroy();
  }
  signal?.throwIfAborted();
}

function* eventIn(line: string): Generator<EngineEvent> {
  if (line.trim() === '') return;
  const event = JSON.parse(line) as EngineEvent;
  if (event.error !== undefined) throw new Error(event.error.trim());
  yield event;
}
