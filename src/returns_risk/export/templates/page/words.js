// The content of the page, its words, numbers and days in the team's language, and elements.
const run = JSON.parse(document.getElementById("data").textContent);
const words = run.words;
const isNight = run.kind === "night";
const byId = (id) => document.getElementById(id);
const plural = new Intl.PluralRules(words.locale);
const money = new Intl.NumberFormat(words.locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const whole = new Intl.NumberFormat(words.locale, { maximumFractionDigits: 0 });
const share = new Intl.NumberFormat(words.locale, { style: "percent", maximumFractionDigits: 0 });

/** Return the text of a key with its {fields} filled in. */
function say(text, fields = {}) {
  return text.replace(/\{(\w+)\}/g, (_, name) => fields[name] ?? "");
}

/** Return a text in the plural form that the language has for a count. */
function count(forms, n, fields = {}) {
  return say(forms[plural.select(n)] ?? forms.other, { n: whole.format(n), ...fields });
}

/** Return a day "2026-03-02" in words. */
function day(text, options = { weekday: "short", day: "numeric", month: "long" }) {
  return new Intl.DateTimeFormat(words.locale, { timeZone: "UTC", ...options }).format(new Date(`${text.slice(0, 10)}T00:00:00Z`));
}

/** Return a local time "2026-03-02T14:00" as the time alone where it is on the day of the run. */
function moment(text) {
  const time = text.slice(11, 16);
  return text.slice(0, 10) === run.as_of ? time : `${day(text, { weekday: "short" })} ${time}`;
}

/** Return an element; children that are no elements become text, never markup. */
function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function button(text, onclick, attributes = {}) {
  return element("button", { type: "button", onclick, ...attributes }, text);
}

/** Return a photo; the source has one only where the shop lists the photo's host. */
function photo(line) {
  return line?.photo ? element("img", { class: "photo", src: line.photo, alt: "", loading: "lazy", width: 32, height: 32 }) : null;
}
