/** This relay's own sites asked as another's are: a browser sees what its owner publishes without a hop. */
import type { Library } from './library.ts';
import type { Answer, Request } from './messages.ts';
import type { Asker } from './page-stream.ts';

export class LocalAsker implements Asker {
  readonly #library: Library;
  readonly dead = undefined;
  readonly idle = true;

  constructor(library: Library) {
    this.#library = library;
  }

  ask(request: Request): Promise<Answer>[] {
    if (request.kind === 'chunks') return request.hashes.map((hash) => this.#library.blob(hash));
    return [this.#library.answer(request)];
  }

  close(): void {}
}
