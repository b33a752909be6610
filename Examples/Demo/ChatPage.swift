/// The chat's page: it speaks Centrifugo's JSON protocol with what browsers have.
enum ChatPage {
    /// - Parameter websocket: where Centrifugo is; empty for port 8000 of the same host.
    static func html(websocket: String) -> String {
        let address = websocket.filter { $0 != "\"" && $0 != "<" && $0 != "\\" }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>roadrunner-swift: chat</title>
            <style>
            :root { color-scheme: light dark }
            body { font: 16px/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 44rem; padding: 0 1rem }
            #log { min-height: 16rem; max-height: 60vh; padding: 1rem; border: 1px solid #8886; border-radius: 8px; overflow: auto }
            #log p { margin: .1rem 0 } #log b { color: #f05138 } #state { opacity: .75 }
            [hidden] { display: none !important }
            form { display: flex; gap: .5rem; margin: 1rem 0 } input { flex: 1; font: inherit; padding: .4rem } button { font: inherit }
            </style>
            </head>
            <body data-websocket="\(address)">
            <h1>Chat</h1>
            <p id="state">not connected</p>
            <form id="join"><input id="name" placeholder="your name" autocomplete="nickname" required> <button>join</button></form>
            <div id="log" aria-live="polite"></div>
            <form id="say" hidden><input id="text" maxlength="500" placeholder="say something" required> <button>send</button></form>
            <script>
            const channel = "chat:lobby", $ = (id) => document.getElementById(id);
            let socket, nextID = 0, waiting = new Map();
            const call = (command) => new Promise((done) => {
              const id = ++nextID;
              waiting.set(id, done);
              socket.send(JSON.stringify({ id, ...command }));
            });
            const show = (message) => {
              const line = $("log").appendChild(document.createElement("p"));
              const name = line.appendChild(document.createElement("b"));
              name.textContent = message.user + ": ";
              line.append(message.text);
              $("log").scrollTop = $("log").scrollHeight;
            };
            $("join").onsubmit = (event) => {
              event.preventDefault();
              const address = document.body.dataset.websocket || `ws://${location.hostname}:8000/connection/websocket`;
              socket = new WebSocket(address);
              socket.onopen = async () => {
                const { connect, error } = await call({ connect: { data: { name: $("name").value } } });
                if (error) return $("state").textContent = "refused: " + error.message;
                $("state").textContent = "welcome, " + connect.data.welcome;
                $("join").hidden = true; $("say").hidden = false;
                const { rpc } = await call({ rpc: { method: "history", data: { channel } } });
                (rpc?.data?.messages || []).forEach(show);
                await call({ subscribe: { channel } });
                $("text").focus();
              };
              socket.onmessage = ({ data }) => data.split("\\n").filter(Boolean).forEach((line) => {
                const message = JSON.parse(line);
                if (message.id) { waiting.get(message.id)?.(message); waiting.delete(message.id); }
                else if (message.push?.pub) show(message.push.pub.data);
                else if (!message.push) socket.send("{}");          // a ping
              });
              socket.onclose = ({ code, reason }) => {
                $("state").textContent = `not connected (${code} ${reason})`;
                $("join").hidden = false; $("say").hidden = true;
              };
            };
            $("say").onsubmit = async (event) => {
              event.preventDefault();
              const { error } = await call({ publish: { channel, data: { text: $("text").value } } });
              if (error) $("state").textContent = "not sent: " + error.message; else $("text").value = "";
            };
            </script>
            </body>
            </html>

            """
    }
}
