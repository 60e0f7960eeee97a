// What people enter: disposition, owner, comment and edited messages of each order. It stays in this browser.
const store = { key: `returns-risk ${run.source} ${run.as_of}`, entries: new Map(), name: "", shortcuts: true };

function loadStore() {
  let saved = null;
  try {
    saved = JSON.parse(localStorage.getItem(store.key) ?? "null");
  } catch (error) {
    report(say(words.not_stored, { error: error.message }));
  }
  store.entries = new Map(saved?.entries ?? []);
  store.name = saved?.name ?? "";
  store.shortcuts = saved?.shortcuts ?? true;
}

function saveStore() {
  const saved = { entries: [...store.entries], name: store.name, shortcuts: store.shortcuts };
  try {
    localStorage.setItem(store.key, JSON.stringify(saved));
  } catch (error) {
    report(say(words.not_stored, { error: error.message }));
  }
}

function report(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = false;
}

function entryOf(order) {
  return store.entries.get(order.id) ?? {};
}

/** Change what is entered about an order. */
function enter(order, changes) {
  store.entries.set(order.id, { ...entryOf(order), ...changes });
  if (changes.owner) store.name = changes.owner;
  saveStore();
}

/** Set or, with an empty text, take back the disposition of an order. */
function dispose(order, disposition) {
  const owner = entryOf(order).owner || store.name;
  enter(order, { disposition, owner, at: new Date().toISOString().slice(0, 19) + "Z" });
}

const toWork = run.orders.filter((order) => order.queue === "to_do" || order.queue === "review");
const isDone = (order) => Boolean(entryOf(order).disposition);
const countDone = () => toWork.filter(isDone).length;

/** Return the content of the file that `returns-risk feedback import` reads. */
function feedback() {
  const rows = toWork.filter(isDone).map((order) => {
    const { disposition, owner = "", comment = "", at } = entryOf(order);
    const treated = order.lines.filter((line) => line.treated);
    return { order_id: order.id, line_id: treated.length === 1 ? treated[0].id : null, disposition, owner, comment, at };
  });
  return { type: "returns-risk feedback", version: 1, as_of: run.as_of, source: run.source, rows };
}

function downloadFeedback() {
  const file = new Blob([JSON.stringify(feedback(), null, 1)], { type: "application/json" });
  const link = element("a", { href: URL.createObjectURL(file), download: `feedback-${run.source}-${run.as_of}.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
