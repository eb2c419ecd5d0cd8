/** The gateway's own words: a small page, whatever stands in them escaped. */
import type { ServerResponse } from 'node:http';
import { SAFE } from './headers.ts';

export const sayPlainly = (response: ServerResponse, status: number, message: string, hint?: string): void => {
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${status}</title><body><h1>${status}</h1><p>${escaped(message)}</p>${
    hint === undefined ? '' : `<p>${escaped(hint)}</p>`
  }<hr><p>Leyden gateway</p></body></html>\n`;
  response.writeHead(status, {
    ...SAFE,
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    'cache-control': 'no-store',
  });
  if (response.req.method === 'HEAD') response.end();
  else response.end(page);
};

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
