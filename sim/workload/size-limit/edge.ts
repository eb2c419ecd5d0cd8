/** The largest size that still fits, found by trying. */

export interface EdgeSearch {
  /** Where the edge should be: two probes when it is there. */
  readonly expected: number;
  readonly floor: number;
  readonly ceiling: number;
}

/**
 * The largest n from floor to ceiling that fits, in whatever unit; null when not even the floor does. Fitting must be monotone.
 * n + 1 is tried before n: that n still passes afterwards shows that it was the size which failed, and that nothing broke over it.
 */
export async function findEdge({ expected, floor, ceiling }: EdgeSearch, fits: (n: number) => Promise<boolean>): Promise<number | null> {
  let [fitting, refused] = [floor - 1, ceiling + 1];
  const probe = async (n: number) => {
    if (await fits(n)) fitting = n;
    else refused = n;
    return fitting === n;
  };
  if (expected < ceiling && (await probe(expected + 1))) {
    for (let step = 1; fitting + step < refused && (await probe(fitting + step)); step *= 2);
  } else {
    let step = 1;
    for (let n = expected; n >= floor && !(await probe(n)); step *= 2) n -= step;
  }
  while (refused - fitting > 1) await probe(Math.floor((fitting + refused) / 2));
  return fitting < floor ? null : fitting;
}
