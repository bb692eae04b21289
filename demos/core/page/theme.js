// On a phone the result comes to the thumb: after the big button, the page scrolls to what moves. And a message that
// appears on the button that was pressed makes room for it.
(() => {
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  const shown = (element) => element.getClientRects().length > 0;

  function toResult(go) {
    const out = go.closest(".hl-columns")?.querySelector(":scope > .hl-out");
    const result = [...(out?.querySelectorAll(":scope .hl-moves") ?? []), out].find((one) => one && shown(one));
    if (!result) return;
    const place = result.getBoundingClientRect();
    const above = getComputedStyle(go).position === "sticky" ? go.offsetHeight + 16 : 8; // the button stays on top
    const needed = Math.min(place.height, 360); // as much of it as tells that something happens
    if (place.top >= above && place.top + needed <= innerHeight) return;
    scrollBy({ top: place.top - above, behavior });
  }

  let pressed = null;
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button || button.closest(".toast-wrap")) return;
    pressed = button;
    if (button.classList.contains("hl-go")) toResult(button);
  });

  new MutationObserver((changes) => {
    const toast = changes.some((change) => change.addedNodes.length) && document.querySelector(".toast-body");
    if (!toast || !pressed?.isConnected || !shown(pressed)) return;
    requestAnimationFrame(() => {
      const over = pressed.getBoundingClientRect().bottom + 8 - toast.getBoundingClientRect().top;
      if (over > 0 && pressed.getBoundingClientRect().top < innerHeight) scrollBy({ top: over, behavior });
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
