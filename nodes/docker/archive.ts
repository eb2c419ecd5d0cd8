/** One file of a container as the engine hands it out: a tar with the file in it, whether the container runs or not. */
import type Docker from 'dockerode';
import { InfrastructureError } from '../errors.ts';

const TAR_BLOCK = 512;
const SIZE_AT = 124;
const SIZE_DIGITS = 11;
const HTTP_NOT_FOUND = 404;

/** The archive, or null while there is no such file. @throws InfrastructureError beyond `bytesMax` */
export const readArchive = async (container: Docker.Container, path: string, bytesMax: number): Promise<Buffer | null> => {
  let archive: NodeJS.ReadableStream;
  try {
    archive = await container.getArchive({ path });
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === HTTP_NOT_FOUND) return null;
    throw error;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of archive as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new InfrastructureError(`${path}: expected at most ${bytesMax} B, found more`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** A view: what is changed in it is changed in the archive. */
export const archivedFile = (archive: Buffer): Buffer => {
  const size = Number.parseInt(archive.toString('latin1', SIZE_AT, SIZE_AT + SIZE_DIGITS), 8) || 0;
  return archive.subarray(TAR_BLOCK, TAR_BLOCK + size);
};
