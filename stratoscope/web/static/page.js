// The page works without this. What it adds: unfolding in place, zooming by dragging and by keys, what is newer, a few keys.
// Whatever the server sends was escaped there; it is parsed as a document of its own, where nothing runs, and moved over.
"use strict";

const LIVE_EVERY = 2000;    // milliseconds
const LIVE_MOST = 500;      // lines kept while more come in
const LATE_MOST = 100;      // of these, the ones that came late and are kept though they are older than the others
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
  const late = [];
  const came = document.getElementById("came");
  let after = list.dataset.after;
  let lateCount = 0;

  const place = (item) => {
    const row = BigInt(item.id.slice(1));
    let next = list.firstElementChild;
    while (next && BigInt(next.id.slice(1)) > row) next = next.nextElementSibling;
    list.insertBefore(item, next);
  };
  const spare = (item) => item.contains(document.activeElement) || item.querySelector(".inside") || late.includes(item);
  const trim = () => {
    while (late.length > LATE_MOST) late.shift();
    let item = list.lastElementChild;
    while (item && list.children.length > LIVE_MOST) {
      const before = item.previousElementSibling;
      if (!spare(item)) item.remove();
      item = before;
    }
  };
  // what is being read stays where it is on the screen; at the top, the newest comes into view
  const keepingPlace = (change) => {
    const seenNow = (item) => item.getBoundingClientRect().bottom > 0 && item.getBoundingClientRect().top < innerHeight;
    const items = scrollY > 0 ? [...list.children].filter(seenNow) : [];
    const held = items.find((item) => item.contains(document.activeElement)) ?? items[0];
    const before = held?.getBoundingClientRect().top;
    change();
    if (held?.isConnected) scrollBy({ top: held.getBoundingClientRect().top - before, behavior: "instant" });
  };
  const tell = (more) => {
    const parts = [];
    if (lateCount) parts.push(`${lateCount} read late, each in its place`);
    if (more) parts.push("more came than is shown");
    came.textContent = parts.join("; ");
  };
  const look = async () => {
    if (document.hidden) return;
    const body = await fetched(`${list.dataset.live}${list.dataset.live.includes("?") ? "&" : "?"}after=${after}`);
    const found = body.querySelector("ol");
    const fresh = [...found.children].filter((item) => !seen.has(item.id));
    after = found.dataset.after;
    if (fresh.length) keepingPlace(() => {
      for (const item of fresh) {
        seen.add(item.id);
        item.classList.add("fresh");
        if (item.classList.contains("late")) late.push(item), lateCount += 1;
        place(item);
      }
      trim();
    });
    if (fresh.length || "more" in found.dataset) tell("more" in found.dataset);
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
