// The only script of our own. Every page works without it; it makes four things better:
// search results become a combobox, a corrected form complains no more, some keys lead
// where one often goes, and a server that does not answer is said so.
"use strict";
(() => {
  const boxes = "input[data-combobox]";
  const listOf = (box) => document.getElementById(box.dataset.combobox);
  const optionsOf = (box) => [...(listOf(box)?.querySelectorAll("a") ?? [])];
  const boxOf = (event) => event.target.closest?.(boxes);
  const isOpen = (box) => box.getAttribute("aria-expanded") === "true";

  function activate(box, option) {
    for (const o of optionsOf(box)) o.setAttribute("aria-selected", o === option);
    if (!option) return box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function toggle(box, open) {
    open &&= optionsOf(box).length > 0;
    listOf(box).hidden = !open;
    box.setAttribute("aria-expanded", open);
    activate(box, null);
  }

  // The server sends a plain list of links. The roles sit on the links themselves, so that
  // a click, a middle click and the address shown on hover stay what they are on any link.
  function enhance() {
    for (const box of document.querySelectorAll(boxes)) {
      const list = listOf(box);
      if (!list || list.getAttribute("role") === "listbox") continue;
      list.setAttribute("role", "listbox");
      list.classList.add("popup");
      for (const [i, option] of optionsOf(box).entries()) {
        option.parentElement.setAttribute("role", "none");
        option.setAttribute("role", "option");
        option.tabIndex = -1;
        option.id = `${list.id}-${i}`;
      }
      box.setAttribute("role", "combobox");
      box.setAttribute("aria-autocomplete", "list");
      box.setAttribute("aria-controls", list.id);
      // What the server found for the text is at hand: Enter takes the first of it.
      const found = box.value !== "";
      toggle(box, found);
      if (found) activate(box, optionsOf(box)[0]);
    }
  }

  function move(box, step) {
    const options = optionsOf(box);
    const at = options.findIndex((o) => o.id === box.getAttribute("aria-activedescendant"));
    if (!isOpen(box)) toggle(box, true);
    activate(box, options.at(at < 0 && step < 0 ? -1 : (at + step) % options.length));
  }

  function escape(box) {
    if (isOpen(box)) return toggle(box, false);
    box.value = "";
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("keydown", (event) => {
    const box = boxOf(event);
    if (!box || !listOf(box) || event.isComposing) return;
    switch (event.key) {
      case "ArrowDown": event.altKey ? toggle(box, true) : move(box, 1); break;
      case "ArrowUp": event.altKey ? toggle(box, false) : move(box, -1); break;
      case "Escape": escape(box); break;
      case "Home": case "End": activate(box, null); return; // and the caret moves, as in any field
      default: return;
    }
    event.preventDefault();
  });
  // Enter submits the form on keypress, so this is where choosing an option has to come first.
  document.addEventListener("keypress", (event) => {
    const active = event.key === "Enter" && document.getElementById(boxOf(event)?.getAttribute("aria-activedescendant"));
    if (!active) return;
    event.preventDefault();
    active.click();
  });
  // The list still answers what was typed before; Enter must not take anything from it.
  document.addEventListener("input", (event) => { const box = boxOf(event); if (box) activate(box, null); });
  document.addEventListener("click", (event) => { const box = boxOf(event); if (box && listOf(box)) toggle(box, true); });
  document.addEventListener("focusout", (event) => { const box = boxOf(event); if (box && listOf(box)) toggle(box, false); });
  // Pressing the mouse on an option must not take the focus away, or the list closes before the click.
  document.addEventListener("mousedown", (event) => { if (event.target.closest?.("[role=listbox]")) event.preventDefault(); });
  document.addEventListener("htmx:after:swap", () => {
    enhance();
    // What was wrong goes once the preview finds nothing wrong.
    if (document.querySelector("[data-valid]")) for (const e of document.querySelectorAll("#problems:has(a), .error, [aria-invalid]")) e.ariaInvalid ? e.ariaInvalid = null : e.remove();
  });
  enhance();

  // Keys that do something wherever one is. The page has the list of them, with the addresses
  // they lead to, unless the user has switched them off.
  const help = document.getElementById("shortcut-help");
  const writing = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
  // Not from a form that is being filled in, nor from rows that are ticked: both would be lost.
  function go(address) {
    const form = document.querySelector("main form[method=post] :is(input:not([type=hidden], [type=checkbox], [type=radio]), textarea, select)");
    const boxes = [...document.querySelectorAll("main :is([type=checkbox], [type=radio])")];
    if (!form && boxes.every((b) => b.checked === b.defaultChecked)) location.assign(address);
  }
  const keys = {
    "/": () => {
      const field = [...document.querySelectorAll("main input[type=search]")].find((f) => f.checkVisibility());
      if (field) field.focus();
      else go(`${help.dataset.search}#search`);
    },
    "c": () => { if (help.dataset.new) go(document.querySelector(`.page-head a[href^="${help.dataset.new}"]`)?.href ?? help.dataset.new); },
    "?": () => help.showModal(),
  };
  // Escape takes the text away first, and then the focus.
  function leave(field) {
    if (!field.value) return field.blur();
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (help && location.hash === "#search") keys["/"]();
  if (help) document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat || event.ctrlKey || event.altKey || event.metaKey || help.open) return;
    const field = event.target.closest?.(writing);
    const act = !field ? keys[event.key] : event.key === "Escape" && field.matches("[type=search]") ? leave : null;
    if (!act) return;
    event.preventDefault();
    act(field);
  });

  const say = (text) => { document.getElementById("alert").textContent = text; };
  document.addEventListener("htmx:error", () => say("Billfold does not answer. What you entered is still here: check your connection, then try again."));
  // An error page that is not ours (a proxy's, say) must not be swapped in over a half-filled form.
  // Our own say where they go, a form that has to wait (429) too; 409 and 422 are the form again, with its problems.
  document.addEventListener("htmx:before:response", (event) => {
    const { hx, response } = event.detail.ctx;
    say("");
    if (response.status < 400 || [409, 422].includes(response.status) || hx.retarget) return;
    event.preventDefault();
    say(`Billfold can't be reached right now (error ${response.status}). What you entered is still here: try again in a moment.`);
  });
})();
