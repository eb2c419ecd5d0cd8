/** Starts several things at once and owns whatever did start, also when one of them failed. */
export const together = async <T extends AsyncDisposable>(stack: AsyncDisposableStack, starting: readonly Promise<T>[]): Promise<T[]> => {
  const settled = await Promise.allSettled(starting);
  const started = settled.filter((result) => result.status === 'fulfilled').map(({ value }) => stack.use(value));
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return started;
};
