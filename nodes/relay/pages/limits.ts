/** What a site may be, for who publishes it and for who believes what a manifest says. Our own to set: no protocol below has a say. */

/**
 * Of a file's bytes in one chunk. Large enough that its hash (35 B in a list) and its request are under a thousandth of it, small enough
 * that over keysend a chunk is there in some two seconds, so that resuming loses no more, and that what inflates stays in 64 KiB.
 */
export const CHUNK_BYTES = 65_536;
/** Chunks named by one list: 35,840 B, so that a list is fetched and kept as a chunk is. */
export const LIST_REFS_MAX = 1_024;
/** A file of so many chunks names them in its entry and needs no list. */
export const INLINE_REFS_MAX = 4;
export const FILE_BYTES_MAX = 4 * 2 ** 30;
export const FILES_MAX = 100_000;
export const SITE_BYTES_MAX = 64 * 2 ** 30;
/** Of a manifest, encoded: what a client fetches to find one file. */
export const PAGE_BYTES_MAX = 16_384;
export const PAGES_MAX = 4_096;
export const PATH_BYTES_MAX = 1_024;
export const MIME_BYTES_MAX = 100;
export const NAME_BYTES_MAX = 63;
export const SIGNATURE_BYTES_MAX = 200;
/** What one stored byte may become when it is inflated; past it a publisher stores the chunk as it is. */
export const RATIO_MAX = 1_024;
