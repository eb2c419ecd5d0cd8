/** What `sim validate` found, into its folder. */
import type { Validation } from '../../sim/validate/validation.ts';
import { writeFiles } from '../write.ts';
import { validationHtml } from './page.ts';

/** validation.html and validation.json; throws as writeReport does. */
export function writeValidation(validation: Validation, folder: string): Promise<{ readonly files: readonly string[] }> {
  return writeFiles(
    [
      ['validation.html', [validationHtml(validation)]],
      ['validation.json', [validationJson(validation)]],
    ],
    folder,
  );
}

export function validationJson(validation: Validation): string {
  return `${JSON.stringify(validation, null, 2)}\n`;
}
