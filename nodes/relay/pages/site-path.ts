/** A file's place in its site: `css/style.css`. What could mean anything else to a file system, a URL or a person is no such place. */
import { PATH_BYTES_MAX } from './limits.ts';

export const INDEX = 'index.html';

/** Why this is no path inside a site, or null where it is one. Segments are neither hidden, nor `.` or `..`, nor empty. */
export const whyNotSitePath = (path: string): string | null => {
  const bytes = Buffer.byteLength(path);
  if (bytes === 0 || bytes > PATH_BYTES_MAX) return `a path of ${bytes} B: 1 to ${PATH_BYTES_MAX} B expected`;
  if (path.normalize('NFC') !== path || !path.isWellFormed()) return 'a path that is not normalized Unicode (NFC)';
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/u.test(path)) return 'a path with control characters or a backslash';
  for (const segment of path.split('/')) {
    if (segment === '') return 'a path with an empty segment';
    if (segment.startsWith('.')) return 'a path with a hidden segment or one that leads upwards';
  }
  return null;
};

/** The file that a URL's path asks for: decoded once, a folder means its index. Null where no site can have it. */
export const sitePathOf = (urlPath: string): string | null => {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath.replace(/^\//, ''));
  } catch {
    return null;
  }
  // An encoded slash is part of a name, and no name of a site has one.
  if (/%2f/i.test(urlPath)) return null;
  const path = decoded === '' || decoded.endsWith('/') ? `${decoded}${INDEX}` : decoded;
  return whyNotSitePath(path) === null ? path : null;
};

export const urlPathOf = (path: string): string => `/${path.split('/').map(encodeURIComponent).join('/')}`;

/** The order of a manifest: by the bytes of UTF-8, the same wherever it is made. */
export const comparePaths = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));
