/** The command as a person would type it again. */
export function commandLine(argv: readonly string[]): string {
  return ['npx', 'sim', ...argv.slice(2)]
    .map((word) => (/^[\w./:=@%+,-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
