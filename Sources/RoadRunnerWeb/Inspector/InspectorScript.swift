/// Makes the inspector's page live: it polls for the part that changes, as long as the page is visible.
enum InspectorScript {
    /// It polls because a worker answers one request at a time: a stream of events would occupy a worker.
    static let text = #"""

        (() => {
          "use strict";
          const find = (id) => document.getElementById(id);
          const [records, state, pause, form] = ["records", "state", "pause", "filter"].map(find);
          const interval = 1500, slowest = 15000;
          let tag = null, timer = 0, failures = 0, isPaused = false, latest = 0;

          const say = (kind, text) => {
            if (state.textContent !== text) state.textContent = text;
            state.className = kind;
          };

          // The reader's clock, in place of UTC.
          const localize = (root) => {
            for (const time of root.querySelectorAll("time")) time.textContent = new Date(time.dateTime).toLocaleTimeString();
            for (const head of root.querySelectorAll(".zone")) head.textContent = "Time";
          };

          const query = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));

          const show = (html) => {
            const known = new Set([...records.querySelectorAll("tr[id]")].map((row) => row.id));
            const focused = records.contains(document.activeElement) ? document.activeElement.id : "";
            const parsed = new DOMParser().parseFromString(html, "text/html");
            localize(parsed);
            for (const row of parsed.querySelectorAll("tr[id]")) if (!known.has(row.id)) row.classList.add("new");
            records.replaceChildren(...parsed.body.childNodes);
            if (focused) find(focused)?.focus({ preventScroll: true });
          };

          const update = async (isForced) => {
            clearTimeout(timer);
            if (isPaused && isForced !== true) return;
            if (document.hidden) return;
            const mine = ++latest, wanted = query();
            wanted.set("part", "records");
            try {
              const response = await fetch("?" + wanted, {
                headers: { Accept: "text/html", ...(tag && { "If-None-Match": tag }) }, cache: "no-store", signal: AbortSignal.timeout(10000),
              });
              const html = response.status === 200 ? await response.text() : null;
              if (mine !== latest) return;
              if (html === null && response.status !== 304) throw new Error(`the server answers ${response.status}`);
              if (html !== null) {
                tag = response.headers.get("ETag");
                show(html);
              }
              failures = 0;
              if (!isPaused) say("live", "live");
            } catch (error) {
              if (mine !== latest) return;
              failures += 1;
              say("lost", `connection lost (${error.message}), trying again`);
            }
            timer = setTimeout(update, failures ? Math.min(interval * 2 ** failures, slowest) : interval);
          };

          let typing = 0;
          const filter = () => {
            tag = null;
            history.replaceState(null, "", "?" + query());
            update(true);
          };
          form.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(filter, 250); });
          form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(typing); filter(); });
          pause.addEventListener("click", () => {
            isPaused = !isPaused;
            pause.textContent = isPaused ? "Resume" : "Pause";
            if (isPaused) say("", "paused");
            else update();
          });
          document.addEventListener("visibilitychange", () => { if (!document.hidden) update(); });
          pause.hidden = false;
          localize(document);
          update();
        })();

        """#
}
