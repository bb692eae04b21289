// The table of many photos. Runs inside gr.HTML: `element` stays while what is in it is drawn anew.

// A row's button tells which row it stands in.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-row]");
  if (!button) return;
  trigger("submit", { row: Number(button.dataset.row) });
  document.querySelector("#many-really")?.scrollIntoView({ block: "center" });
});

// A folder that is dropped: Gradio's box takes files alone, so it is given all those in the folder.
element.closest(".hl-columns")?.addEventListener(
  "drop",
  async (event) => {
    const box = event.target.closest?.("#many-files");
    const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const input = box?.querySelector("input[type=file]");
    if (!input || !entries.some((entry) => entry.isDirectory)) return;
    event.preventDefault();
    event.stopPropagation();
    const all = new DataTransfer();
    for (const entry of entries) for (const file of await inside(entry)) all.items.add(file);
    input.files = all.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  },
  true,
);

// Every file in a folder and the folders in it; hidden ones (.DS_Store) are no photos.
async function inside(entry) {
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at a time
    if (!some.length) return found;
    for (const one of some) found.push(...(await inside(one)));
  }
}
