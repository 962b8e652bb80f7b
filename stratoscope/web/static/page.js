// The page works without this. What it adds: unfolding in place, zooming by dragging and by keys, what is newer, a few keys.
// Whatever the server sends was escaped there; it is parsed as a document of its own, where nothing runs, and moved over.
"use strict";

const LIVE_EVERY = 2000;    // milliseconds
const LIVE_MOST = 500;      // lines kept while more come in
const SEEN_MOST = 5000;     // ids remembered, to know a line again

const list = document.getElementById("events");
const search = document.getElementById("q");

async function fetched(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html").body;
}

// -- unfolding ----------------------------------------------------------------------------------------------------------

async function toggle(row) {
  const item = row.parentElement;
  const inside = item.querySelector(".inside");
  if (inside) {
    inside.remove();
    row.setAttribute("aria-expanded", "false");
    return;
  }
  row.setAttribute("aria-expanded", "true");
  try {
    const body = await fetched(`/event/${item.id.slice(1)}/part`);
    if (row.getAttribute("aria-expanded") === "true" && !item.querySelector(".inside")) item.append(body.firstElementChild);
  } catch {
    location.assign(row.href);  // the server says what is wrong better than we could
  }
}

list?.addEventListener("click", (click) => {
  const row = click.target.closest("a.row");
  if (!row || click.ctrlKey || click.metaKey || click.shiftKey || click.button !== 0 || String(getSelection())) return;
  click.preventDefault();
  toggle(row);
});

// -- the chart ----------------------------------------------------------------------------------------------------------

const chart = document.getElementById("chart");

function zoom(first, last) {
  const to = new URL(location.href);
  for (const name of ["before", "open", "live"]) to.searchParams.delete(name);
  to.searchParams.set("since", first.dataset.start);
  to.searchParams.set("until", last.dataset.end);
  to.hash = "";
  location.assign(to);
}

if (chart) {
  const bars = [...chart.querySelectorAll("a")];
  const told = document.getElementById("chosen");
  let anchor = null;
  let at = bars.length - 1;
  let dragged = false;

  const choose = (from, to) => {
    const [low, high] = from < to ? [from, to] : [to, from];
    bars.forEach((bar, place) => bar.classList.toggle("chosen", from !== null && place >= low && place <= high));
    if (from !== null && from !== to) told.textContent = `From ${bars[low].dataset.start} to ${bars[high].dataset.end}`;
    return [bars[low], bars[high]];
  };
  const barAt = (x) => {
    const box = chart.getBoundingClientRect();
    return Math.min(bars.length - 1, Math.max(0, Math.floor((x - box.left) / box.width * bars.length)));
  };

  bars[at].tabIndex = 0;  // one stop for the whole chart, arrows inside of it
  chart.addEventListener("keydown", (key) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -bars.length, End: bars.length }[key.key];
    if (steps) {
      key.preventDefault();
      const next = Math.min(bars.length - 1, Math.max(0, at + steps));
      anchor = key.shiftKey ? anchor ?? at : null;
      bars[at].tabIndex = -1;
      at = next;
      bars[at].tabIndex = 0;
      bars[at].focus();
      choose(anchor, at);
    } else if (key.key === "Enter") {
      key.preventDefault();
      zoom(...choose(anchor ?? at, at));
    } else if (key.key === "Escape") {
      anchor = null;
      choose(null, null);
    }
  });
  chart.addEventListener("focusin", (focus) => {
    const place = bars.indexOf(focus.target.closest("a"));
    if (place >= 0) at = place;
  });
  chart.addEventListener("dragstart", (drag) => drag.preventDefault());
  chart.addEventListener("pointerdown", (down) => {
    if (down.button !== 0) return;
    down.preventDefault();
    chart.setPointerCapture(down.pointerId);
    anchor = barAt(down.clientX);
    dragged = false;
  });
  chart.addEventListener("pointermove", (move) => {
    if (anchor === null || !chart.hasPointerCapture(move.pointerId)) return;
    const to = barAt(move.clientX);
    dragged ||= to !== anchor;
    if (dragged) choose(anchor, to);
  });
  chart.addEventListener("pointerup", (up) => {
    if (anchor === null) return;
    zoom(...choose(anchor, barAt(up.clientX)));
    anchor = null;
  });
  chart.addEventListener("pointercancel", () => {
    anchor = null;
    choose(null, null);
  });
}

// -- what is newer ------------------------------------------------------------------------------------------------------

if (list?.dataset.live) {
  const seen = new Set([...list.children].map((item) => item.id));
  let after = BigInt(list.dataset.after);

  const place = (item) => {
    const row = BigInt(item.id.slice(1));
    if (row > after) after = row;
    let next = list.firstElementChild;
    while (next && BigInt(next.id.slice(1)) > row) next = next.nextElementSibling;
    list.insertBefore(item, next);
  };
  const look = async () => {
    if (document.hidden) return;
    const body = await fetched(`${list.dataset.live}${list.dataset.live.includes("?") ? "&" : "?"}after=${after}`);
    for (const item of body.querySelectorAll("li.event")) {
      if (seen.has(item.id)) continue;
      seen.add(item.id);
      item.classList.add("fresh");
      place(item);
    }
    while (list.children.length > LIVE_MOST) list.lastElementChild.remove();
    for (const id of seen) {
      if (seen.size <= SEEN_MOST) break;
      seen.delete(id);
    }
  };
  const button = document.querySelector(".live");
  const again = () => setTimeout(async () => {
    try {
      await look();
      button.removeAttribute("title");
    } catch {
      button.title = "The server does not answer; trying again";
    }
    again();
  }, LIVE_EVERY);
  again();
}

// -- keys ---------------------------------------------------------------------------------------------------------------

function step(by) {
  const rows = [...document.querySelectorAll(".events .row")];
  const now = rows.indexOf(document.activeElement?.closest(".events > li")?.querySelector(".row"));
  rows[Math.min(rows.length - 1, Math.max(0, now + by))]?.focus();
}

document.addEventListener("keydown", (key) => {
  if (key.ctrlKey || key.metaKey || key.altKey || key.target.closest("input, textarea, select")) {
    if (key.key === "Escape") key.target.blur();
    return;
  }
  if (key.key === "/") search.focus(), search.select();
  else if (key.key === "j") step(1);
  else if (key.key === "k") step(-1);
  else if (key.key === "l") document.querySelector(".live")?.click();
  else return;
  key.preventDefault();
});
document.querySelector(".live")?.addEventListener("keydown", (key) => {
  if (key.key === " ") key.preventDefault(), key.target.click();
});
