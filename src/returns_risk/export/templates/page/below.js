// Below the list: tonight's workload, the nights before, other assumptions, items to fix, and what made the run.
function table(heads, rows) {
  const cell = (tag, text, number, scope) => element(tag, { class: number ? "number" : null, scope }, text);
  return element("div", { class: "wide", tabindex: 0, role: "group", "aria-label": heads.map((head) => head[0]).join(", ") }, element("table", {},
    element("thead", {}, element("tr", {}, heads.map(([text, number]) => cell("th", text, number, "col")))),
    element("tbody", {}, rows.map(({ part, cells }) => element("tr", { class: part ? "part" : null },
      cells.map((text, place) => (place ? cell("td", text, heads[place][1]) : cell("th", text, false, "row"))))))));
}

function below(title, ...children) {
  byId("below").append(element("section", {}, element("h2", {}, title), ...children));
}

function drawBelow() {
  const { columns, tables } = words;
  const amount = `${columns.value} (${run.currency})`;
  if (run.workload.length) {
    const used = (row) => element("span", {}, element("span", { class: "meter", "aria-hidden": "true" },
      element("span", { style: `--share:${Math.min(100, row.capacity ? 100 * (row.treated + row.control) / row.capacity : 0).toFixed(1)}%` })), ` ${whole.format(row.capacity)}`);
    below(tables.workload, table([[columns.action], [words.figures.lines, 1], [tables.control, 1], [tables.capacity, 1], [amount, 1]],
      run.workload.map((row) => ({ part: row.part, cells: [row.name, whole.format(row.treated), whole.format(row.control), used(row), money.format(row.value)] }))));
  }
  if (run.warehouses.length > 1) {
    below(tables.warehouses, table([[words.filters.warehouse], [words.figures.lines, 1], [tables.control, 1], [amount, 1]],
      run.warehouses.map((row) => ({ cells: [row.name || words.unknown, whole.format(row.treated), whole.format(row.control), money.format(row.value)] }))));
  }
  if (run.nights.length) {
    below(tables.nights, table([[tables.night], [words.figures.orders, 1], [amount, 1], [tables.reported, 1]],
      [...run.nights].reverse().map((night) => ({ cells: [day(night.as_of), whole.format(night.orders), money.format(night.value), whole.format(night.reported)] }))),
      element("p", { class: "muted" }, words.measured));
  }
  if (run.assumptions.length && run.workload.length) {
    below(tables.what_if, table([[tables.assumption], [tables.best_lines, 1], [tables.best_value, 1], [tables.plan_value, 1]],
      run.assumptions.map((row) => ({ cells: [words.assumptions[row.assumption] ?? row.assumption, whole.format(row.lines), money.format(row.best_value), money.format(row.plan_value)] }))),
      element("p", { class: "muted" }, say(words.what_if_note, { value: money.format(run.min_value), currency: run.currency })));
  }
  drawItems();
  const { shadow, about } = run;
  below(tables.about, shadow.lines ? element("p", {}, count(words.shadow, shadow.lines, { value: money.format(shadow.value), currency: run.currency })) : null,
    element("p", { class: "muted" }, say(words.made_by, about)));
}

function drawItems() {
  if (!run.items.length) return;
  const { tables } = words;
  const percent = (value) => (value === null ? "" : share.format(value));
  below(tables.items, table([[words.columns.item], [words.columns.action], [tables.cause], [words.figures.lines, 1], [tables.expected_returns, 1],
    [`${words.columns.value} (${run.currency})`, 1], [tables.rate, 1], [tables.comparable, 1]],
    run.items.map((item) => ({ cells: [item.name, item.action, item.cause, whole.format(item.lines), money.format(item.expected_returns), money.format(item.saving), percent(item.rate), percent(item.comparable)] }))),
    element("p", { class: "muted" }, words.items_note));
}
