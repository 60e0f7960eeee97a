// The bar: the night in figures, beside the nights before it.
function drawFigures() {
  const { orders, value, value_low, value_high } = run.figures;
  const carried = run.orders.filter((order) => order.since).length;
  const figure = (name, text, note, nights) => element("div", {}, element("dt", {}, name, nights ? nights.verdict : null),
    element("dd", {}, text, note ? element("small", {}, ` ${note}`) : "", nights ? nights.chart : null));
  const done = isNight ? [figure(words.figures.done, say(words.of, { done: whole.format(countDone()), all: whole.format(toWork.length) }))] : [];
  byId("figures").replaceChildren(
    figure(words.figures.orders, whole.format(orders.to_do + orders.review),
      say(words.split, { to_do: whole.format(orders.to_do), review: whole.format(orders.review) }),
      compare("orders", orders.to_do + orders.review, (n) => whole.format(n))),
    ...(carried ? [figure(words.figures.carried, whole.format(carried))] : []), ...done,
    figure(words.figures.saving, `${money.format(value)} ${run.currency}`, say(words.range, { low: money.format(value_low), high: money.format(value_high) }),
      compare("value", value, (n) => money.format(n))));
  if (isNight) byId("download").textContent = say(words.download, { done: whole.format(countDone()), all: whole.format(toWork.length) });
}

/** Draw a figure of the nights before and of this one as small bars, and say whether this one is normal. */
function compare(name, tonight, format) {
  if (!run.nights.length) return null;
  const [WIDTH, HEIGHT, NS] = [6, 18, "http://www.w3.org/2000/svg"];
  const values = [...run.nights.map((night) => night[name]), tonight];
  const most = Math.max(...values, 1e-9);
  const draw = (tag, attributes) => {
    const node = document.createElementNS(NS, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  const chart = draw("svg", { width: values.length * WIDTH, height: HEIGHT, role: "img", "aria-label": `${words.tables.nights}: ${values.map(format).join("; ")}` });
  chart.append(...values.map((value, place) => {
    const height = Math.max(1, HEIGHT * Math.max(value, 0) / most);
    return draw("rect", { x: place * WIDTH, y: HEIGHT - height, width: WIDTH - 2, height, class: place === values.length - 1 ? "tonight" : "" });
  }));
  const verdict = run.verdicts[name];
  return { chart, verdict: element("span", { class: ["low", "high"].includes(verdict) ? "unusual" : null }, ` · ${words.verdicts[verdict]}`) };
}
