// A button of the line that leads on opens its tab. Runs inside gr.HTML: `element` stays while what is in it is drawn anew.
element.addEventListener("click", (event) => {
  const page = event.target.closest("button[data-tab]")?.dataset.tab;
  const tabs = [...(element.closest(".tabs")?.querySelectorAll("[role='tab']") ?? [])];
  const tab = tabs.find((one) => one.textContent.trim() === page);
  if (!tab) return;
  tab.click();
  tab.focus({ preventScroll: true });
  tab.scrollIntoView({ block: "nearest" }); // the button was far down its own page
});
