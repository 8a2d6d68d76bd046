# ruff: noqa: E501  (one rule a line)
"""What a page must never contain, whoever wrote its texts: looked for in the whole document."""

from __future__ import annotations

import json

from playwright.sync_api import Frame, Page

# In what we or Streamlit make of outside text: only these. `style` holds our own sheet, alone in its box.
_FIND = """() => {
  const found = [];
  const say = (why, e) => found.push(why + ": " + e.outerHTML.slice(0, 200));
  const text = ".stHtml *, [data-testid=stMarkdownContainer] *, [data-testid=stCode] *, [data-cd=item] *,"
    + " [data-testid=stMultiSelect] span *, .cd-quotes *, blockquote *";
  const never = new Set(("applet audio base canvas dialog embed form frame iframe input link map marquee math meta noscript"
    + " object option picture portal script select slot source svg template textarea title video").split(" "));
  const ours = (e) => e.closest(".st-key-cal-rubric-pane, [data-cd=root]") && !e.closest("[data-cd=item]");
  for (const e of document.querySelectorAll(text)) {
    if (never.has(e.localName) && !ours(e) && !(e.localName === "svg" && e.closest("button"))
        && !e.closest("[data-testid=stCodeCopyButton]")) say("element", e);
    if (e.localName === "style" && (e.parentElement.childElementCount > 1 || !e.textContent.includes(".cal-item"))) say("style", e);
    if (e.localName === "img" && !/^data:image\\/(png|jpeg|gif|webp);base64,/.test(e.src)) say("image", e);
    if (/katex/.test(e.className) || (e.getAttribute("role") === "img" && /icon$/.test(e.ariaLabel ?? ""))) say("directive", e);
    if (["fixed", "sticky"].includes(getComputedStyle(e).position) && !ours(e) && e.className !== "cal-caption") say("position", e);
    if (/^H[1-6]$/.test(e.tagName) && e.closest("[data-testid=stMarkdownContainer]")) say("heading", e);
  }
  for (const e of document.querySelectorAll("*")) {
    for (const { name, value } of e.attributes) {
      if (/^on/i.test(name) || ["srcdoc", "formaction", "ping", "background", "srcset", "popovertarget"].includes(name)) {
        if (!(name === "srcdoc" && e.getAttribute("sandbox") === "")) say("attribute", e);
      }
      if (/^\\s*(javascript|vbscript|data:text)/i.test(value) && ["href", "src", "action", "xlink:href"].includes(name)) say("address", e);
      if (/evil\\.example/.test(value) && !["href", "title", "alt", "value", "aria-label", "placeholder", "data-cd"].includes(name)
          && !e.matches("button, [role=option], [data-testid]") && name !== "srcdoc") say("value", e);
    }
    if (e.localName === "a" && e.protocol && !e.closest("[data-testid=stSidebarNav], [data-cd=root] header")) {
      if (!["http:", "https:", "mailto:"].includes(e.protocol)) say("scheme", e);
      const rel = (e.getAttribute("rel") ?? "").split(" ");
      if (e.origin !== location.origin && !(rel.includes("noopener") && rel.includes("noreferrer"))) say("rel", e);
      if (e.origin !== location.origin && !e.closest(".cal-item, .cal-note, [data-cd=instructions], .cd-instructions")) say("link outside an item", e);
      if (e.closest(".cal-item") && e.origin === location.origin) say("link to ourselves", e);
      if (e.closest(".cal-item") && e.host && !(e.textContent + (e.nextElementSibling?.textContent ?? "")).includes(e.host)) say("hidden target", e);
    }
    if (e.localName === "script" && (e.src ? new URL(e.src).origin !== location.origin : !__INLINE__.includes(e.textContent.trim().slice(0, 20)))) say("script", e);
    if (["base", "object", "embed", "applet"].includes(e.localName)) say("element", e);
    if (e.localName === "iframe" && e.getAttribute("sandbox") !== "") say("frame", e);
    if (e.localName === "meta" && e.httpEquiv && !["content-security-policy"].includes(e.httpEquiv.toLowerCase())) say("meta", e);
  }
  if ({}.polluted !== undefined) found.push("prototype polluted");
  return [...new Set(found)];
}"""
# The first words of inline scripts that Streamlit's own page carries.
INLINE = ["window.prerenderRead"]

# Opens every fold, and clicks all that could lead somewhere; a click on a good link opens nothing.
_TRY = """() => {
  for (const e of document.querySelectorAll("details:not([open]) > summary")) e.click();
  for (const e of document.querySelectorAll(":is(.cal-item, .cal-note) *:not(:has(*)):not(summary)")) {
    if (e.closest("a")?.host) e.addEventListener("click", (c) => c.preventDefault(), { once: true });
    e.click();
  }
}"""


def try_everything(page: Page) -> None:
    """Open what folds and click what was made of outside text."""
    page.evaluate(_TRY)


def intruders(page: Page | Frame) -> list[str]:
    """What is in the page and should not be; empty when all is well."""
    found: list[str] = page.evaluate(_FIND.replace("__INLINE__", json.dumps(INLINE)))
    return found
