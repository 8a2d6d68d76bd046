// The item on the screen: HTML that our server made from escaped text, checked once more before it is shown.

const IMAGE_HOSTS = new Set(); // those the study names; the server has checked them already
const WRITTEN_OUT = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+$/;
const ALLOWED = new Set(("a blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr img li ol p pre s section "
  + "span strong summary table tbody td th thead tr ul").split(" "));
const ATTRIBUTES = new Set(["class", "dir", "tabindex", "role", "aria-label", "title", "href", "rel", "target", "open",
  "start", "value", "style", "data-field", "src", "alt", "loading",
  "referrerpolicy"]);
const ALIGN = /^text-align:\s?(left|right|center)$/;

const mayShow = (address) => {
  if (WRITTEN_OUT.test(address)) return true;
  const url = URL.canParse(address) ? new URL(address) : null;
  return url?.protocol === "https:" && IMAGE_HOSTS.has(url.host);
};

const safeFragment = (html) => {
  const parsed = new DOMParser().parseFromString(html, "text/html"); // inert: runs and loads nothing
  for (const element of [...parsed.body.querySelectorAll("*")]) {
    if (!ALLOWED.has(element.localName) || (element.localName === "img" && !mayShow(element.getAttribute("src") ?? ""))) {
      element.replaceWith(parsed.createTextNode(element.outerHTML));
      continue;
    }
    for (const { name, value } of [...element.attributes]) {
      const link = name === "href" && !/^(https?|mailto):/i.test(value);
      const style = name === "style" && !ALIGN.test(value);
      if (!ATTRIBUTES.has(name) || link || style) element.removeAttribute(name);
    }
  }
  const fragment = document.createDocumentFragment();
  fragment.append(...parsed.body.childNodes);
  return fragment;
};

// Parsed ahead of time, so that showing the next item only moves nodes.
const prepared = new WeakMap();
const prepare = (task) => {
  if (!prepared.has(task)) prepared.set(task, { html: safeFragment(task.html), written: null });
  return prepared.get(task);
};

const showItem = (place, task, { written, open }) => {
  const ready = prepare(task);
  if (written && !ready.written) ready.written = safeFragment(task.written);
  place.replaceChildren((written ? ready.written : ready.html).cloneNode(true));
  expandItem(place, open);
  if (task.pair) scrollTogether(place);
};

// The boxes that scroll: the page (where it is narrow), the item, and each of its texts.
const boxesOf = (place) => [document.querySelector("[data-testid=stMain]"), place, ...place.querySelectorAll(".cal-text")];

const expandItem = (place, open) => {
  place.classList.toggle("cd-open", open);
  if (open) for (const fold of place.querySelectorAll("details")) fold.open = true;
};

const scrollTogether = (place) => {
  const sides = [...place.querySelectorAll(".cal-pair .cal-text")];
  let led = null;
  for (const side of sides) {
    side.addEventListener("scroll", () => {
      if (led && led !== side) { led = null; return; }
      led = side;
      for (const other of sides) {
        if (other === side) continue;
        const room = side.scrollHeight - side.clientHeight;
        const to = room > 0 ? (side.scrollTop / room) * (other.scrollHeight - other.clientHeight) : 0;
        if (Math.abs(other.scrollTop - to) > 1) other.scrollTop = to; else led = null;
      }
    }, { passive: true });
  }
};
