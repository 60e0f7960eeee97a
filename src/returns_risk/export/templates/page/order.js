// The pane: an order with what to do, the evidence, the message and what came of it.
function drawOrder(order) {
  const pane = byId("pane");
  pane.replaceChildren();
  if (!order) return;
  const shown = order.lines.filter((line) => line.planned || line === order.lines[0]);
  const others = order.lines.filter((line) => !shown.includes(line));
  pane.append(element("article", {},
    button(`‹ ${words.back}`, () => { document.body.classList.remove("reading"); rowOf(order.id)?.focus(); }, { class: "back" }),
    heading(order), ...shown.map((line) => describeLine(order, line)), otherLines(others)));
  if (isNight && toWorkIds.has(order.id)) pane.append(feedbackForm(order));
  pane.scrollTop = 0;
}

function heading(order) {
  const facts = [
    order.ship_by ? `${words.columns.ship_by} ${moment(order.ship_by)}` : "", order.market, order.warehouse,
    say(words.ordered_on, { day: day(order.day, { day: "numeric", month: "short" }) }),
    order.since ? say(words.since, { day: day(order.since) }) : "",
  ];
  return element("header", {}, element("div", { class: "row" }, element("h2", {}, `${words.order} ${order.id}`),
    order.link ? element("a", { href: order.link, target: "_blank", rel: "noopener noreferrer" }, `${words.open_in_shop} ↗`) : null),
    element("p", { class: "facts" }, facts.filter(Boolean).map((fact) => element("span", {}, fact))));
}

function describeLine(order, line) {
  return element("section", { class: "line", "aria-label": line.item },
    element("div", { class: "title" }, photo(line), element("div", {}, element("h3", {}, line.item),
      element("p", { class: "facts" }, [line.sku, `${line.quantity} × ${line.price}`].map((fact) => element("span", {}, fact))))),
    element("div", { class: "suggestion" }, element("span", { class: line.treated ? "chip solid" : "chip quiet" }, line.action),
      line.planned && line.decision === "review" ? element("strong", {}, words.needs_review) : null,
      line.treated ? element("span", {}, say(words.expected, range(line))) : null),
    line.decision === "holdout" ? element("p", {}, words.control_group) : null,
    line.reasons.length ? element("ul", {}, line.reasons.map((reason) => element("li", {}, reason))) : element("p", {}, words.no_reason),
    sizeEvidence(line), line.message ? messageForm(order, line) : null, riskFacts(line), resolution(line), factors(line));
}

function range(line) {
  const [value, low, high] = line.values.map((amount) => money.format(amount));
  return { value, low, high, currency: run.currency };
}

/** Draw a bar for each size that has outcomes, or is ordered or suggested: kept, too small, too large and returned for other reasons. */
function sizeEvidence(line) {
  if (!line.sizes.length) return null;
  const kinds = ["kept", "too_small", "too_large", "other_reasons"];
  const sizes = line.sizes
    .map(([size, kept, too_small, too_large, other_reasons]) => ({ size, kept, too_small, too_large, other_reasons, total: kept + too_small + too_large + other_reasons }))
    .filter(({ size, total }) => total || size === line.size || size === line.suggested_size);
  const most = Math.max(1, ...sizes.map((size) => size.total));
  const rows = sizes.map((size) => {
    const total = size.total;
    const tags = [size.size === line.size ? words.is_ordered : "", size.size === line.suggested_size ? words.is_suggested : ""].filter(Boolean);
    return element("tr", {}, element("th", { scope: "row" }, size.size, tags.length ? tags.map((tag) => element("small", {}, tag)) : null),
      element("td", {}, element("span", { class: "stack", "aria-hidden": "true" }, kinds.filter((kind) => size[kind]).map((kind) =>
        element("span", { class: kind, style: `width:${(100 * size[kind] / most).toFixed(2)}%` })))),
      total ? element("td", { class: "number" }, say(words.of, { done: whole.format(size.kept), all: whole.format(total) })) : element("td", { class: "muted", colspan: kinds.length }, words.never_sold),
      ...(total ? [size.too_small, size.too_large, size.other_reasons].map((n) => element("td", { class: "number" }, whole.format(n))) : []));
  });
  const chances = [[line.size, line.ordered_kept], [line.suggested_size, line.suggested_kept]]
    .filter(([size, kept], place) => size && kept !== null && !(place && size === line.size));
  return element("div", {}, element("h4", {}, words.sizes),
    element("table", { class: "sizes" },
      element("thead", {}, element("tr", {}, element("td"), element("td"), kinds.map((kind) =>
        element("th", { scope: "col", class: "number" }, element("span", { class: `swatch ${kind}`, "aria-hidden": "true" }), words.size_kinds[kind])))),
      element("tbody", {}, rows)),
    chances.length ? element("p", {}, chances.map(([size, kept]) => say(words.chance, { size, share: share.format(kept) })).join("; ")) : null,
    line.customer_sizes.length ? element("p", {}, say(words.customer_kept, { sizes: line.customer_sizes.map(([size, kept]) => `${size} (${whole.format(kept)} ×)`).join(", ") })) : null);
}

function riskFacts(line) {
  const facts = [say(words.risk, { share: share.format(line.risk) }),
    line.return_reason && line.reason_answered ? say(words.likely_reason, { reason: line.return_reason }) : "", words.evidence[line.evidence] ?? line.evidence];
  return element("p", { class: "facts" }, facts.filter(Boolean).map((fact) => element("span", {}, fact)));
}

function resolution(line) {
  if (!line.resolution) return null;
  return element("div", {}, element("h4", {}, say(words.if_returned, { resolution: words.resolutions[line.resolution] ?? line.resolution })),
    line.resolution_text ? element("p", { class: "resolution" }, line.resolution_text) : null);
}

function messageForm(order, line) {
  const { to, language, subject, body, reply_by } = line.message;
  const edited = entryOf(order).messages?.[line.id] ?? {};
  const keep = (changes) => enter(order, { messages: { ...entryOf(order).messages, [line.id]: { ...entryOf(order).messages?.[line.id], ...changes } } });
  const subjectField = element("input", { "aria-label": words.subject, lang: language, oninput: () => keep({ subject: subjectField.value }) });
  const bodyField = element("textarea", { class: "body", "aria-label": words.message, lang: language, oninput: () => keep({ body: bodyField.value }) });
  subjectField.value = edited.subject ?? subject;
  bodyField.value = edited.body ?? body;
  const reset = () => { keep({ subject: undefined, body: undefined }); drawOrder(order); };
  const facts = [words.message_to[to] ?? to, language ? new Intl.DisplayNames(words.locale, { type: "language" }).of(language) : "",
    reply_by ? say(words.reply_by, { time: moment(reply_by) }) : ""];
  return element("div", { class: "message" }, element("h4", {}, facts.filter(Boolean).join(" · ")), subject ? subjectField : null, bodyField,
    element("div", { class: "row" }, button(words.copy, () => copy(bodyField), { class: "copy", "aria-keyshortcuts": "c" }),
      subject ? button(words.copy_subject, () => copy(subjectField)) : null, button(words.reset, reset)));
}

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Pages opened from a folder may not reach the clipboard in every browser; the selection can.
    field.select();
    if (!document.execCommand("copy")) { sayStatus(words.not_copied); return; }
  }
  sayStatus(words.copied);
}

function factors(line) {
  if (!line.factors.length) return null;
  const most = Math.max(...line.factors.map(([, value]) => Math.abs(value)), 1e-9);
  const rows = line.factors.map(([name, value]) => element("tr", {}, element("th", { scope: "row" }, name),
    element("td", {}, element("span", { class: value < 0 ? "track lower" : "track", style: `--share:${(100 * Math.abs(value) / most).toFixed(1)}%` })),
    element("td", {}, value < 0 ? words.lowers : words.raises)));
  return element("details", { class: "why" }, element("summary", {}, words.why), element("table", { class: "factors" }, element("tbody", {}, rows)));
}

function otherLines(lines) {
  if (!lines.length) return null;
  return element("section", { class: "line" }, element("h4", {}, words.other_lines),
    element("ul", { class: "plain" }, lines.map((line) => element("li", {}, `${line.item} · `, element("span", { class: "muted" }, line.action)))));
}

function feedbackForm(order) {
  const entry = entryOf(order);
  const names = [...new Set([...store.entries.values()].map(({ owner }) => owner).filter(Boolean))];
  const owner = element("input", { list: "owners", maxlength: 80, autocomplete: "off", onchange: () => { enter(order, { owner: owner.value }); showOwner(order); } });
  const comment = element("input", { maxlength: 2000, autocomplete: "off", onchange: () => enter(order, { comment: comment.value }) });
  owner.value = entry.owner ?? "";
  comment.value = entry.comment ?? "";
  const keys = { done: "d", "not possible": "n", "wrong flag": "r" };
  return element("footer", {}, element("div", { class: "fields" },
    element("label", {}, words.owner, owner, element("datalist", { id: "owners" }, names.map((name) => element("option", { value: name })))),
    element("label", {}, words.comment, comment)),
    element("div", { class: "row" }, Object.entries(keys).map(([disposition, key]) =>
      button(words.dispositions[disposition], () => decide(order, entry.disposition === disposition ? "" : disposition),
        { "aria-pressed": String(entry.disposition === disposition), "aria-keyshortcuts": key, "data-disposition": disposition, class: disposition === "done" && !entry.disposition ? "primary" : null })),
      entry.disposition ? button(words.reopen, () => decide(order, "")) : null));
}

function showOwner(order) {
  // The cell alone: a new row would take the focus from whoever leaves the field with Escape.
  rowOf(order.id)?.closest("tr").querySelector(".owner").replaceChildren(entryOf(order).owner ?? "");
}
