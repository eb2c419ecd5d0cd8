/** A relay's pages as the bench reads them: time passes while a page is looked up, and while its bytes are read. */
import type { RelayPages } from '../node.ts';
import type { Waits } from './waits.ts';
import type { Model } from './world.ts';

export function drivenPages(pages: RelayPages, waits: Waits, model: Model): RelayPages {
  return {
    publish: (request) => waits.during('pages.publish', pages.publish(request)),
    begin: (name, waiting) => waits.during('pages.begin', pages.begin(name, waiting)),
    upload: (id) => pages.upload(id),
    sites: (waiting) => waits.during('pages.sites', pages.sites(waiting)),
    browseOver: (carrier, waiting) => waits.during('pages.browseOver', pages.browseOver(carrier, waiting)),
    get gatewayPort() {
      return pages.gatewayPort;
    },
    async get(request) {
      const answer = await waits.during('pages.get', pages.get(request));
      return { ...answer, body: whileRead(answer.body, model) };
    },
  };
}

async function* whileRead(body: AsyncIterable<Uint8Array>, model: Model): AsyncGenerator<Uint8Array> {
  const release = model.time.hold();
  try {
    yield* body;
  } finally {
    release();
  }
}
