// Keys, filters and tabs; then the first drawing.
const KEYS = {
  j: () => step(1), k: () => step(-1),
  d: (order) => order && decide(order, "done"), n: (order) => order && decide(order, "not possible"),
  r: (order) => order && decide(order, "wrong flag"), c: () => byId("pane").querySelector("button.copy")?.click(),
  "/": () => byId("text").focus(), "?": () => byId("keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "Escape" && typing && !byId("keys").open) {
    // In a field of the kind search, the browser would empty it.
    event.preventDefault();
    (rowOf(state.order) ?? byId("panel")).focus();
    return;
  }
  if (typing || byId("keys").open || event.ctrlKey || event.metaKey || event.altKey || !store.shortcuts || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key](state.listed.find((order) => order.id === state.order));
});

for (const name of ["text", "sort", ...FILTERS]) {
  byId(name).addEventListener("input", () => { state[name] = byId(name).value; drawList(); pickListed(); });
}
document.querySelector(".tools").addEventListener("submit", (event) => { event.preventDefault(); step(0); });

function openTab(tab, focuses) {
  state.tab = tab;
  draw();
  if (focuses) byId(`tab-${tab}`).focus();
  if (!narrow.matches) pick(tab === "control" && !state.showControl ? null : state.listed[0] ?? null);
}
for (const tab of TABS) byId(`tab-${tab}`).addEventListener("click", () => openTab(tab, true));
document.querySelector(".tabs").addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const shown = TABS.filter((tab) => !byId(`tab-${tab}`).hidden);
  openTab(shown[(shown.indexOf(state.tab) + by + shown.length) % shown.length], true);
});

// The address belongs to the filters: the link moves without changing it.
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); byId("panel").focus(); });
byId("help").addEventListener("click", () => byId("keys").showModal());
byId("close").addEventListener("click", () => byId("keys").close());
byId("shortcuts").addEventListener("change", () => { store.shortcuts = byId("shortcuts").checked; saveStore(); });
byId("download")?.addEventListener("click", downloadFeedback);

const narrow = matchMedia("(max-width: 1000px)");
byId("panel").addEventListener("scroll", moreRows);
addEventListener("scroll", moreRows);
/** Draw more rows once the last ones come near. */
function moreRows() {
  const last = byId("orders").tBodies[0].lastElementChild;
  if (state.limit >= state.listed.length || !last || last.getBoundingClientRect().top > innerHeight + 800) return;
  const from = state.limit;
  state.limit += STEP;
  byId("orders").tBodies[0].append(...state.listed.slice(from, state.limit).map(row));
}
addEventListener("beforeprint", () => { state.limit = Infinity; drawRows(); });
addEventListener("afterprint", () => { state.limit = STEP; drawRows(); });
addEventListener("storage", (event) => { if (event.key === store.key) { loadStore(); draw(); } });
addEventListener("hashchange", () => { readAddress(); showFilters(); draw(); pick(orderById.get(state.order) ?? null); });
new ResizeObserver(([bar]) => document.documentElement.style.setProperty("--bar", `${Math.ceil(bar.borderBoxSize[0].blockSize)}px`))
  .observe(document.querySelector(".bar"));

loadStore();
byId("shortcuts").checked = store.shortcuts;
byId("date").textContent = day(run.as_of, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
for (const text of run.warnings) report(text);
fillFilters();
readAddress();
showFilters();
drawBelow();
draw();
pick(orderById.get(state.order) ?? (narrow.matches || state.tab === "control" ? null : state.listed[0] ?? null), narrow.matches && orderById.has(state.order));
