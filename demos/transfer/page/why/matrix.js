// A cell of the matrix opens its photos. Runs inside gr.HTML: `element` stays while what is in it is drawn anew.
element.addEventListener("click", (event) => {
  const cell = event.target.closest("button[data-true]");
  if (cell) trigger("submit", { cell: [Number(cell.dataset.true), Number(cell.dataset.said)] });
});
