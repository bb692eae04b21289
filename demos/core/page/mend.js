// What Gradio's own markup leaves out, for who hears the page or has no mouse: names, roles and what can be reached by
// keys. It is given whenever something appears, in one pass per frame.
(() => {
  const all = (selector) => document.querySelectorAll(selector);
  const label = (element) =>
    element.closest(".block")?.querySelector("[data-testid='block-label'], [data-testid='block-info'], .label")?.textContent.trim();

  function names() {
    // A choice of pictures to try: buttons that hold nothing but a picture.
    for (const one of all("button.gallery-item:not([aria-label])")) {
      const place = [...one.parentElement.children].indexOf(one) + 1;
      one.setAttribute("aria-label", one.textContent.trim() || `${label(one) || "Example"} ${place}`);
    }
    // A picture in a gallery says its caption, any other its label.
    for (const one of all(".thumbnail-item img, .image-container img, .gallery-item img"))
      if (!one.getAttribute("alt") && !one.closest("[aria-hidden=true]")) {
        const words = one.closest("button, .thumbnail-item")?.querySelector(".caption-label")?.textContent.trim();
        if (words || label(one)) one.alt = words || label(one);
      }
    // What is drawn on, or films, has a name as well.
    for (const one of all("canvas:not([aria-label]), video:not([aria-label])")) {
      if (one.tagName === "CANVAS") one.setAttribute("role", "img");
      one.setAttribute("aria-label", label(one) || (one.tagName === "VIDEO" ? "Video" : "Drawing"));
    }
    for (const one of all(".empty[aria-label]:not([role])")) one.setAttribute("role", "img"); // a div may have no name
    for (const one of all(".image-container[aria-label]:not([role])")) one.setAttribute("role", "group");
    for (const one of all("button.label-wrap")) one.setAttribute("aria-expanded", one.classList.contains("open"));
    // What scrolls inside itself is scrolled with the arrow keys.
    for (const [selector, words] of [[".cm-scroller", "Code"], [".hl-scroll", "Table"]])
      for (const one of all(`${selector}:not([tabindex="0"])`)) {
        one.tabIndex = 0;
        one.setAttribute("role", "region");
        one.setAttribute("aria-label", words);
      }
    // A finger has no pointer that rests: what it touches gets the focus, and theme.css then shows the title.
    for (const one of all("abbr[title]:not([tabindex])")) one.tabIndex = 0;
  }

  // The colours of Gradio's code are too pale on white and too dark on black (2.0 and 2.0 to 1, where 4.5 can be read):
  // the same hues, as light as theme.css says. CodeMirror numbers its classes while it loads, so they are read here.
  let coloured = "";
  function code() {
    if (!document.querySelector(".cm-editor")) return;
    const rules = [...document.styleSheets]
      .filter((sheet) => sheet.ownerNode?.id !== "hl-code" && !sheet.href)
      .flatMap((sheet) => [...sheet.cssRules])
      .filter((rule) => /^\.ͼ\w+$/.test(rule.selectorText ?? "") && rule.style.color && !rule.style.backgroundColor)
      .map((rule) => `.cm-line ${rule.selectorText}${rule.selectorText} { color: oklch(from ${rule.style.color} var(--hl-code) c h); }`)
      .join("\n");
    if (rules === coloured) return;
    coloured = rules;
    const style = document.getElementById("hl-code") ?? document.head.appendChild(document.createElement("style"));
    style.id = "hl-code";
    style.textContent = rules;
  }

  let asked = false;
  new MutationObserver(() => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      names();
      code();
    });
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
})();
