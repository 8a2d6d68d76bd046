// The keyboard, handled in the browser: digits by their place, letters by what they write; and active time.

const IDLE = 60000;
const LETTERS = "abtnwsufelqmhy";

// The key's name for us, or "": letters by what is written, by place where the layout writes another script.
const keyName = (event) => {
  const digit = /^(Digit|Numpad)([0-9])$/.exec(event.code);
  // Layouts that write digits with Shift (French) answer with and without it; Num Lock off means arrows.
  if (digit && (event.key === digit[2] || (digit[1] === "Digit" && !event.shiftKey))) return digit[2];
  const foreign = event.key.length !== 1 || event.key.charCodeAt(0) > 127; // another script, or an input method
  if (event.key === "?" || (event.code === "Slash" && event.shiftKey && foreign)) return "?";
  if (event.shiftKey) return "";
  if ([".", ",", "-", "Backspace", "Enter", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(event.key)) {
    return event.key;
  }
  const written = event.key.toLowerCase();
  if (LETTERS.includes(written) && written.length === 1) return written;
  const place = /^Key([A-Z])$/.exec(event.code);
  return place && foreign && LETTERS.includes(place[1].toLowerCase()) ? place[1].toLowerCase() : "";
};

// What was just hidden (a dialog that closed) keeps the focus until the next frame: nobody types there any more.
const isTyping = (target) =>
  target instanceof Element && target.checkVisibility()
  && Boolean(target.closest("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])"));

class Keyboard {
  constructor(desk) {
    this.desk = desk;
    this.handler = (event) => this._pressed(event);
    document.addEventListener("keydown", this.handler, true);
  }

  stop() { document.removeEventListener("keydown", this.handler, true); }

  _pressed(event) {
    const { desk } = this;
    if (event.defaultPrevented || event.isComposing || !desk.root.isConnected) return;
    if (!desk.shown && !(desk.working && !desk.explaining)) return;
    if (document.querySelector("dialog[open], [role=dialog]")) return;
    const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (command && event.key === "Enter" && desk.shown) return this._take(event, () => event.repeat || desk.submit());
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (event.key === "Escape" && desk.parts.form.contains(target)) return void target.blur(); // back to the keys
    if (isTyping(target) || !desk.singleKeys) return;
    const name = keyName(event);
    const own = target instanceof Element && target.checkVisibility() && target.closest("button, a, summary, [role=button], [role=link], [role=option], [role=combobox]");
    if (!name || (own && name === "Enter")) return;
    if (event.repeat && !name.startsWith("Arrow") && name !== "Backspace") return this._take(event, () => true);
    this._act(event, name);
  }

  _take(event, act) {
    if (act() === false) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  _act(event, name) {
    const { desk } = this;
    const view = desk.view;
    const acts = {
      Enter: () => desk.submit(), ArrowUp: () => desk.move(-1), ArrowDown: () => desk.move(1),
      ArrowLeft: () => desk.turn(-1), ArrowRight: () => desk.turn(1), "?": () => desk.showKeys(),
      n: () => view.notApplicable(view.row()), s: () => desk.askSkip(), u: () => desk.undo(),
      f: () => desk.toModes(), e: () => desk.toggleOpen(), w: () => view.showWhy(view.row(), { focus: true }),
      l: () => desk.openFind(), q: () => desk.quote(), m: () => view.toggleMeanings(view.row()),
      h: () => desk.ask(), y: () => view.toggleSure(),
    };
    const place = ["a", "b", "t"].indexOf(name);
    // With no item on the screen one can still go back, take back and look the keys up.
    if (!desk.shown && !["ArrowLeft", "u", "?"].includes(name)) return;
    if (acts[name]) this._take(event, acts[name]);
    else if (place >= 0) this._take(event, () => desk.choosePair(["a", "b", "tie"][place]));
    else this._take(event, () => this._number(name));
  }

  // A digit chooses; where a number is asked, characters are put together until the row is left.
  _number(name) {
    const { view } = this.desk;
    const row = view.row();
    if (!row) return false;
    if (!row.number) return /^[1-9]$/.test(name) ? view.choose(row, Number(name) - 1) : false;
    const before = row.fresh ? "" : row.number.value;
    const text = name === "Backspace" ? row.number.value.slice(0, -1) : before + name.replace(",", ".");
    row.fresh = false;
    view.type(row, text);
    row.fresh = false;
    return true;
  }
}

// Seconds of work on what is shown: nothing while the tab is hidden, at most a minute between two actions.
class WorkClock {
  constructor(count) {
    this.count = count;
    this.last = performance.now();
    this.note = () => this.tick();
    this.turned = () => {
      if (document.hidden) this._add(); else this.last = performance.now();
    };
    for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchstart"]) {
      document.addEventListener(kind, this.note, { capture: true, passive: true });
    }
    document.addEventListener("visibilitychange", this.turned);
  }

  tick() { if (!document.hidden && performance.now() - this.last > 200) this._add(); }

  // An item is only now on the screen: waiting for it was no work on it.
  restart() { this.last = performance.now(); }

  // Count up to now, whatever was done last: the item is about to change.
  settle() { if (!document.hidden) this._add(); }

  _add() {
    const now = performance.now();
    this.count(Math.min(now - this.last, IDLE) / 1000);
    this.last = now;
  }

  stop() {
    for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchstart"]) {
      document.removeEventListener(kind, this.note, { capture: true });
    }
    document.removeEventListener("visibilitychange", this.turned);
  }
}
