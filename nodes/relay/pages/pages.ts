/** Pages of one relay: what it publishes, what it reads of others, and the service that others read from it. */
import { SessionError } from '../../errors.ts';
import type { PageAnswer, PageCarrier, PageRequest, RelayEnvironment, RelayPages, RelaySession, SessionRequest } from '../../node.ts';
import type { Service } from '../services.ts';
import { publishSite } from './build.ts';
import { Library } from './library.ts';
import { PageClient } from './page-client.ts';
import { pagesService } from './service.ts';
import { Uploads } from './upload.ts';

export interface EnginePages extends RelayPages {
  readonly service: Service;
  close(): Promise<void>;
}

export const openPages = async (
  environment: RelayEnvironment,
  openSession: (request: SessionRequest) => Promise<RelaySession>,
): Promise<EnginePages> => {
  const { node, clock, random, shelf } = environment;
  const library = await Library.open(shelf, (line) => environment.log(line));
  const uploads = new Uploads({ library, node, random, now: () => clock.now() });
  const client = await PageClient.open({ node, clock, shelf, library, openSession });
  let browsing: PageCarrier = { carrier: 'peer-message' };
  return {
    service: pagesService({ library, clock }),
    begin: (name) => uploads.begin(name),
    upload: (id) => uploads.get(id),
    gatewayPort: null,
    publish: async (request) => publishSite(await uploads.begin(request.name ?? ''), request),
    sites: async () => library.sites(),
    get: (request: PageRequest): Promise<PageAnswer> => client.get({ ...browsing, ...request }),
    browseOver: async (carrier) => {
      browsing = carrier;
    },
    close: () => client.close(new SessionError('the relay was stopped')),
  };
};
