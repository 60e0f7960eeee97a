// Which orders are listed. Tab, filters and the chosen order are in the address, so that a reload keeps them.
const TABS = ["to_do", "review", "done", "control", "none"];
const FILTERS = ["warehouse", "market", "action", "reason"];
const STEP = 60; // rows drawn at once; more follow when the last comes into view
const state = { tab: "to_do", text: "", sort: "", order: "", limit: STEP, showControl: false, listed: [] };
for (const name of FILTERS) state[name] = "";
const orderById = new Map(run.orders.map((order) => [order.id, order]));
for (const order of run.orders) {
  order.search = [order.id, order.warehouse, order.market, ...order.lines.flatMap((line) =>
    [line.id, line.sku, line.item, line.category, line.action, line.return_reason, ...line.reasons])].join(" ").toLowerCase();
}

const tabOf = (order) => (toWorkIds.has(order.id) && isDone(order) ? "done" : order.queue);
const toWorkIds = new Set(toWork.map((order) => order.id));

function readAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  state.tab = TABS.includes(address.get("tab")) ? address.get("tab") : "to_do";
  for (const name of ["text", "sort", "order", ...FILTERS]) state[name] = address.get(name) ?? "";
}

function writeAddress() {
  const address = new URLSearchParams();
  for (const name of ["tab", "text", "sort", "order", ...FILTERS]) {
    if (state[name] && !(name === "tab" && state.tab === "to_do")) address.set(name, state[name]);
  }
  history.replaceState(null, "", `#${address}`);
}

function listOrders() {
  const sought = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (order) => tabOf(order) === state.tab && sought.every((word) => order.search.includes(word)) &&
    (!state.warehouse || order.warehouse === state.warehouse) && (!state.market || order.market === state.market) &&
    order.lines.some((line) => (!state.action || line.intervention_name === state.action) &&
      (!state.reason || line.return_reason === state.reason));
  const listed = run.orders.filter(fits);
  return state.sort === "value" ? listed.sort((one, other) => other.value - one.value) : listed;
}

function fillFilters() {
  const lines = run.orders.flatMap((order) => order.lines);
  const values = {
    warehouse: run.orders.map((order) => order.warehouse), market: run.orders.map((order) => order.market),
    action: lines.map((line) => line.intervention_name), reason: lines.map((line) => line.return_reason),
  };
  for (const name of FILTERS) {
    const levels = [...new Set(values[name])].filter(Boolean).sort((one, other) => one.localeCompare(other, words.locale));
    byId(name).append(...levels.map((level) => element("option", { value: level }, level)));
    byId(name).parentElement.hidden = levels.length < 2;
  }
}

function showFilters() {
  for (const name of ["text", "sort", ...FILTERS]) byId(name).value = state[name];
}

function clearFilters() {
  for (const name of ["text", ...FILTERS]) state[name] = "";
  showFilters();
  drawList();
  pickListed();
  byId("text").focus();
}
