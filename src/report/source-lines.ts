/** The lines of a text as the compiler counts them, the byte order mark left out. */
export function sourceLines(text: string): string[] {
  return text.replace(/^\ufeff/, '').split(/\r\n|[\n\r\u2028\u2029]/);
}
