// The list: a row an order, a card on a phone.
function draw() {
  drawTabs();
  drawFigures();
  drawList();
}

/** Draw the list anew, as the filters want it. */
function drawList() {
  state.listed = listOrders();
  state.limit = STEP;
  drawRows();
  writeAddress();
}

function drawTabs() {
  const counts = Object.fromEntries(TABS.map((tab) => [tab, 0]));
  for (const order of run.orders) counts[tabOf(order)] += 1;
  for (const tab of TABS) {
    const node = byId(`tab-${tab}`);
    node.querySelector(".count").textContent = whole.format(counts[tab]);
    node.setAttribute("aria-selected", tab === state.tab);
    node.tabIndex = tab === state.tab ? 0 : -1;
    node.hidden = tab === "none" && counts.none === 0 && state.tab !== "none";
  }
  byId("panel").setAttribute("aria-labelledby", `tab-${state.tab}`);
  byId("printed").textContent = `${day(run.as_of)}, ${words.kinds[run.kind]}: ${words.tabs[state.tab]}`;
}

function drawRows() {
  const hidesControl = state.tab === "control" && !state.showControl;
  const shown = hidesControl ? [] : state.listed.slice(0, state.limit);
  byId("orders").hidden = shown.length === 0;
  byId("orders").tBodies[0].replaceChildren(...shown.map(row));
  drawState(hidesControl);
}

/** Say what an empty list means, and keep the control group folded away. */
function drawState(hidesControl) {
  const node = byId("state");
  const isFiltered = state.text || FILTERS.some((name) => state[name]);
  const children = [];
  if (state.tab === "control" && state.listed.length) {
    children.push(words.control_group);
    if (hidesControl) children.push(button(count(words.show_control, state.listed.length), () => { state.showControl = true; drawRows(); }, { "aria-expanded": "false" }));
  } else if (!state.listed.length) {
    children.push(isFiltered ? words.no_match : words.empty[state.tab]);
    if (isFiltered) children.push(button(words.clear_filters, clearFilters));
  }
  node.replaceChildren(...children);
  node.classList.toggle("control", state.tab === "control" && state.listed.length > 0);
  node.hidden = children.length === 0;
}

function row(order) {
  const line = order.lines[0];
  const others = order.lines.filter((one) => one.planned).length - 1;
  const more = others > 0 ? ` +${others}` : "";
  const open = element("button", { type: "button", class: "open", "data-order": order.id, "aria-current": order.id === state.order ? "true" : null },
    photo(line), element("span", { class: "item" }, line.item, more, element("small", {}, order.id, order.since ? ` · ${say(words.since, { day: day(order.since, { day: "numeric", month: "short" }) })}` : "")));
  return element("tr", { class: order.id === state.order ? "picked" : null, onclick: () => pick(order, true) },
    element("td", {}, ...shipBy(order)), element("th", { scope: "row" }, open),
    element("td", {}, order.market, element("small", {}, order.warehouse)),
    element("td", {}, chip(order, line)),
    element("td", {}, element("span", { class: "reason", title: line.reasons[0] }, line.reasons[0] ?? words.no_reason)),
    element("td", { class: "number" }, order.planned ? money.format(order.value) : ""),
    element("td", { class: "owner" }, entryOf(order).owner ?? ""), element("td", { class: "print-only" }));
}

function shipBy(order) {
  if (!order.ship_by) return [element("span", { class: "muted" }, "–")];
  const late = order.ship_by.slice(0, 10) < run.as_of;
  return [element("span", { class: late ? "late" : null }, moment(order.ship_by), late ? element("small", { class: "late" }, words.overdue) : "")];
}

function chip(order, line) {
  const disposition = entryOf(order).disposition;
  if (disposition) return element("span", { class: "chip quiet" }, words.dispositions[disposition]);
  return element("span", { class: line.treated ? "chip" : "chip quiet", title: line.action }, line.action);
}

/** Show an order; ``moves`` says that a person asked for it. */
function pick(order, moves = false) {
  const before = state.order;
  state.order = order ? order.id : "";
  for (const id of [before, state.order]) {
    const open = rowOf(id);
    if (!open) continue;
    open.closest("tr").classList.toggle("picked", id === state.order);
    if (id === state.order) open.setAttribute("aria-current", "true"); else open.removeAttribute("aria-current");
  }
  document.body.classList.toggle("reading", Boolean(order) && (moves || document.body.classList.contains("reading")));
  drawOrder(order);
  writeAddress();
}

/** Leave an order that the filters have taken out of the list: nobody should record a disposition of it unseen. */
function pickListed() {
  if (!state.listed.some((order) => order.id === state.order)) pick(narrow.matches ? null : state.listed[0] ?? null);
}

const rowOf = (id) => (id ? document.querySelector(`.open[data-order="${CSS.escape(id)}"]`) : null);

/** Pick the order so many rows further on, and draw more rows where that needs them. */
function step(by) {
  const position = state.listed.findIndex((order) => order.id === state.order);
  const next = state.listed[position < 0 ? 0 : Math.max(0, Math.min(position + by, state.listed.length - 1))];
  if (next) focusRow(next);
}

function focusRow(order) {
  while (state.listed.indexOf(order) >= state.limit) state.limit += STEP;
  if (!rowOf(order.id)) drawRows();
  pick(order, document.body.classList.contains("reading"));
  const open = rowOf(order.id);
  open?.focus({ preventScroll: true });
  open?.closest("tr").scrollIntoView({ block: "nearest" });
}

/** Record a disposition, and go on to the next order of the list. */
function decide(order, disposition) {
  if (!isNight || !toWorkIds.has(order.id)) return;
  const previous = entryOf(order);
  const position = state.listed.indexOf(order);
  dispose(order, disposition);
  state.listed = listOrders();
  const limit = state.limit;
  const next = state.listed[Math.min(Math.max(position, 0), state.listed.length - 1)];
  draw();
  state.limit = limit;
  if (next) focusRow(next);
  else { pick(null); byId("panel").focus(); }
  const text = disposition ? words.dispositions[disposition] : words.reopened;
  sayStatus(say(words.recorded, { order: order.id, disposition: text, done: countDone(), all: toWork.length }), () => {
    store.entries.set(order.id, previous);
    saveStore();
    draw();
    focusRow(order);
  });
}

let fading = 0;
function sayStatus(text, undo) {
  clearTimeout(fading);
  byId("toast").replaceChildren(text, ...(undo ? [button(words.undo, () => { byId("toast").replaceChildren(); undo(); })] : []));
  fading = setTimeout(() => byId("toast").replaceChildren(), 8000);
}
