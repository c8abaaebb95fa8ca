// Files that somebody dropped or chose, folders with all that is in them; each with its path.

/** @returns {Promise<{file: File, path: string}[]>} what a drop brings */
export async function fromDrop(transfer) {
  // Entries must be taken at once: the list is empty after the event.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return fromInput(transfer.files);
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

/** @returns {{file: File, path: string}[]} what an input has */
export function fromInput(files) {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((good, bad) => entry.file(good, bad));
    found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  // A reader gives at most a hundred at a time, and nothing at the end.
  for (;;) {
    const some = await new Promise((good, bad) => reader.readEntries(good, bad));
    if (!some.length) return;
    for (const each of some) await walk(each, found);
  }
}
