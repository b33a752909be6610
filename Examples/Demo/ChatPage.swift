/// The chat's page: it implements Centrifugo's JSON protocol with the browser's own API, and explains what to do when Centrifugo is
/// not running.
enum ChatPage {
    /// - Parameters:
    ///   - websocket: Centrifugo's address; empty for port 8000 of the same host.
    ///   - isAlone: whether Centrifugo calls this program directly, without RoadRunner.
    ///   - hasAPI: whether this program can call Centrifugo.
    static func html(websocket: String, isAlone: Bool, hasAPI: Bool) -> String {
        let address = websocket.filter { $0 != "\"" && $0 != "<" && $0 != "\\" }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>roadrunner-swift: chat</title>
            <link rel="icon" href="data:,">
            <style>
            :root { color-scheme: light dark; --accent: #b8341c; --bad: #b3261e; --box: #f4f4f6 }
            @media (prefers-color-scheme: dark) { :root { --accent: #ff8a6e; --bad: #ff8f85; --box: #24262b } }
            * { box-sizing: border-box }
            body { font: 16px/1.6 system-ui, sans-serif; margin: 2rem auto; max-width: 44rem; padding: 0 1rem }
            #log { min-height: 14rem; max-height: 60vh; padding: 1rem; border: 1px solid #8886; border-radius: 8px; overflow: auto; overflow-wrap: anywhere }
            #log p { margin: .1rem 0 } #log b { color: var(--accent) } #state { overflow-wrap: anywhere } #state.bad { color: var(--bad); font-weight: 600 }
            #help { background: var(--box); border-left: 4px solid var(--bad); border-radius: 6px; padding: .5rem 1rem; margin: 1rem 0; overflow-wrap: anywhere }
            #help ul { padding-left: 1.25rem } pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .875rem } ::placeholder { color: inherit; opacity: .7 } code, pre { font-family: ui-monospace, monospace }
            [hidden] { display: none !important }
            form { display: flex; gap: .5rem; margin: 1rem 0 } input { flex: 1; min-width: 0 } input, button { font: inherit; padding: .4rem .7rem; min-height: 2.75rem }
            </style>
            </head>
            <body data-websocket="\(address)">
            <h1>Chat</h1>
            <p id="state" role="status">looking for Centrifugo …</p>
            <noscript><p>The chat needs JavaScript.</p></noscript>
            <div id="help" hidden>
            \(Self.help(isAlone: isAlone, hasAPI: hasAPI, isSet: !address.isEmpty))
            </div>
            <form id="join"><input id="name" placeholder="your name" aria-label="Your name" autocomplete="nickname" required> <button>join</button></form>
            <div id="log" role="log" aria-live="polite"></div>
            <form id="say" hidden><input id="text" maxlength="500" placeholder="say something" aria-label="A message" required> <button>send</button></form>
            <script>
            \(Self.script)
            </script>
            </body>
            </html>

            """
    }

    private static func help(isAlone: Bool, hasAPI: Bool, isSet: Bool) -> String {
        let place =
            isSet
            ? "<code>CENTRIFUGO_WEBSOCKET_URL</code> names that address."
            : "<code>CENTRIFUGO_WEBSOCKET_URL</code> is not set, so port 8000 of this host is used."
        guard isAlone else {
            return """
                <ul>
                <li>Start it in the package's folder: <code>centrifugo -c centrifugo.json</code>, or everything by <code>docker compose up --build</code>.</li>
                <li>\(place)</li>
                <li>It sends its events to RoadRunner: <code>centrifuge.proxy_address</code> in <code>.rr.yaml</code>, port 30000 in
                <code>centrifugo.json</code>.</li>
                </ul>
                """
        }
        let api =
            hasAPI
            ? ""
            : "<li><code>CENTRIFUGO_API_URL</code> is not set: the program cannot publish (<code>http://127.0.0.1:8000/api</code>).</li>"
        let variables = [
            ("CLIENT_PROXY_CONNECT", "connect"), ("CLIENT_PROXY_REFRESH", "refresh"), ("RPC_PROXY", "rpc"),
            ("CHANNEL_PROXY_SUBSCRIBE", "subscribe"), ("CHANNEL_PROXY_PUBLISH", "publish"),
            ("CHANNEL_PROXY_SUB_REFRESH", "sub_refresh"),
        ].map { "CENTRIFUGO_\($0)_ENDPOINT=<span class=\"origin\">http://127.0.0.1:8080</span>/centrifugo/\($1) \\" }
        return """
            <ul>
            <li>This program runs without RoadRunner. Start Centrifugo in the package's folder, with this program's addresses for its events:
            <pre>\(variables.joined(separator: "\n"))
            centrifugo -c centrifugo.json</pre></li>
            <li>\(place)</li>
            \(api)
            </ul>
            """
    }

    private static let script = #"""
        const channel = "chat:lobby", $ = (id) => document.getElementById(id);
        const address = document.body.dataset.websocket || `ws://${location.hostname}:8000/connection/websocket`;
        let socket, name = null, nextID = 0, tries = 0, timer = 0, waiting = new Map();
        document.querySelectorAll(".origin").forEach((place) => { place.textContent = location.origin; });

        const say = (text, isBad) => { $("state").textContent = text; $("state").className = isBad ? "bad" : ""; };
        const call = (command) => new Promise((done) => {
          const id = ++nextID;
          waiting.set(id, done);
          socket.send(JSON.stringify({ id, ...command }));
        });
        const show = (message) => {
          const line = $("log").appendChild(document.createElement("p"));
          line.appendChild(document.createElement("b")).textContent = message.user + ": ";
          line.append(message.text);
          $("log").scrollTop = $("log").scrollHeight;
        };
        const retry = () => { clearTimeout(timer); timer = setTimeout(open, Math.min(500 * 2 ** tries++, 10000)); };

        const greet = async () => {
          const { connect, error } = await call({ connect: { data: { name } } });
          if (error) {
            $("help").hidden = false;
            say(`Centrifugo is running, but this program did not respond: ${error.message} (${error.code}). Trying again …`, true);
            return socket.close();
          }
          tries = 0;
          $("help").hidden = true;
          say("welcome, " + connect.data.welcome);
          $("join").hidden = true; $("say").hidden = false;
          const { rpc } = await call({ rpc: { method: "history", data: { channel } } });
          $("log").replaceChildren();
          (rpc?.data?.messages || []).forEach(show);
          await call({ subscribe: { channel } });
          $("text").focus();
        };

        function open() {
          clearTimeout(timer);
          waiting = new Map();
          let wasOpen = false;
          const mine = socket = new WebSocket(address);
          mine.onopen = () => {
            wasOpen = true;
            if (name !== null) return greet();
            tries = 0;
            $("help").hidden = true;
            say("Centrifugo is running. What is your name?");
            mine.close();
          };
          mine.onmessage = ({ data }) => data.split("\n").filter(Boolean).forEach((line) => {
            const message = JSON.parse(line);
            if (message.id) { waiting.get(message.id)?.(message); waiting.delete(message.id); }
            else if (message.push?.pub) show(message.push.pub.data);
            else if (!message.push) mine.send("{}");          // a ping
          });
          mine.onclose = ({ code, reason }) => {
            if (mine !== socket) return;
            $("say").hidden = true;
            // Centrifugo's codes after which a client must not reconnect.
            if ((code >= 3500 && code < 4000) || (code >= 4500 && code < 5000)) {
              name = null;
              $("join").hidden = false;
              return say(`disconnected: ${reason} (${code})`, true);
            }
            if (wasOpen && name === null) return;
            if (!wasOpen) {
              $("help").hidden = false;
              say(`Centrifugo does not answer at ${address}. Trying again …`, true);
            } else if ($("help").hidden) say("The connection was lost. Trying again …", true);
            retry();
          };
        }

        $("join").onsubmit = (event) => {
          event.preventDefault();
          name = $("name").value;
          tries = 0;
          say("connecting …");
          open();
        };
        $("say").onsubmit = async (event) => {
          event.preventDefault();
          const { error } = await call({ publish: { channel, data: { text: $("text").value } } });
          if (error) say("not sent: " + error.message, true); else $("text").value = "";
        };
        open();
        """#
}
