/** How V8 counts the bytes of buffers in a process through which a tunnel's bytes go: a relay's, and that of whoever stands at its end. */
import { setFlagsFromString } from 'node:v8';

/** The first whose V8 (13.6) is known to have the flag. */
const NODE_MAJOR_MIN = 24;

/**
 * V8 marks the whole heap whenever 64 MB of buffers were made since it last did, however little of the heap has changed. A relay at 4 MB/s
 * makes that much every 0.4 s, and spent a third of its processor time on it: 3.8 MB/s through five hops instead of 6.2. Counted together
 * with the heap they are as good as ever for deciding when, some ten times as seldom; the process keeps some 100 MB more at its peak.
 */
export const countBuffersWithHeap = (): void => {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) setFlagsFromString('--external-memory-accounted-in-global-limit');
};
