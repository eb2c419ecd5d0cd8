/** What the engine holds of one name. */
import type Docker from 'dockerode';
import type { ImageInspectInfo } from 'dockerode';

/** null when the engine has no image of this name. */
export async function inspectImage(docker: Docker, ref: string): Promise<ImageInspectInfo | null> {
  try {
    return await docker.getImage(ref).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null;
    throw error;
  }
}
