/** How long a browser may take to read what it saves, in milliseconds. */
const READ_WITHIN_MS = 60_000;

/** Hands over a file that the page itself holds. */
export function saveFile(name: string, file: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Some browsers only begin to read it now.
  setTimeout(() => URL.revokeObjectURL(link.href), READ_WITHIN_MS);
}
