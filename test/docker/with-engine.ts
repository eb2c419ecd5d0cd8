/** Tests that need Docker: they skip where no engine answers, saying why, and fail there when LEYDEN_DOCKER=required. */
import test, { type ExecutionContext } from 'ava';
import { connectEngine, type Engine } from '../../nodes/docker/engine.ts';
import { imagesReady } from '../../nodes/docker/images/resolve.ts';

const found = await engineOrReason();

async function engineOrReason(): Promise<Engine | string> {
  try {
    const engine = await connectEngine();
    const { ready, reason } = await imagesReady(engine.docker);
    return ready ? engine : reason;
  } catch (error) {
    return (error as Error).message;
  }
}

/** null: an engine answers and the images are there. */
export const missing: string | null = typeof found === 'string' ? found : null;

/** A serial test that is given the engine, images on it. */
export function engineTest(title: string, body: (t: ExecutionContext, engine: Engine) => Promise<void>): void {
  if (typeof found !== 'string') test.serial(title, (t) => body(t, found));
  else if (process.env.LEYDEN_DOCKER === 'required') test.serial(title, (t) => t.fail(`LEYDEN_DOCKER=required, but ${found}`));
  else test.serial.skip(`${title} (skipped: ${found})`, () => {});
}
