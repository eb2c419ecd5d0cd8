// Debian's Node knows no TypeScript. The .ts files of this image were stripped of their types when it was built
// (nodes/docker/images/strip-types.ts), so all that is left to say is that they are modules.
import { registerHooks } from 'node:module';

registerHooks({
  load: (url, context, nextLoad) => nextLoad(url, url.endsWith('.ts') ? { ...context, format: 'module' } : context),
});
