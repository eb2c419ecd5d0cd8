/** What broke, in words for a line of figures. */
export const inWords = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const said = `${error.name}: ${error.message}`;
  const { message } = rootOf(error);
  return said.includes(message) ? said : `${said}, since ${message}`;
};

const rootOf = (error: Error): Error => (error.cause instanceof Error ? rootOf(error.cause) : error);

/** By reason, how often. */
export const failuresInWords = (failures: ReadonlyMap<string, number>): string =>
  [...failures].map(([reason, count]) => `${count} × ${reason}`).join('; ');
