import Hummingbird
import RoadRunner

/// Responses with a complete body.
enum Pages {
    static func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        router.get("/") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/html; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: Self.home))
            )
        }
        router.get("hello") { _, _ in "Hello from Swift!\n" }
        router.get("json") { _, _ in
            Greeting(message: "Hello from Swift!", languages: ["Swift", "Go"])
        }
    }

    private struct Greeting: ResponseEncodable {
        let message: String
        let languages: [String]
    }

    private static let home = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>roadrunner-swift</title>
        <link rel="icon" href="data:,">
        <style>
        :root { color-scheme: light dark; --accent: #b8341c }
        @media (prefers-color-scheme: dark) { :root { --accent: #ff8a6e } }
        body { font: 16px/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 44rem; padding: 0 1rem }
        h1 { margin-bottom: 0 } p.lead { margin-top: .25rem; opacity: .75 }
        #stream { min-height: 16.5rem } form { display: flex; flex-wrap: wrap; gap: .5rem }
        pre { padding: 1rem; border: 1px solid #8886; border-radius: 8px; overflow: auto }
        code, pre { font-family: ui-monospace, monospace }
        li { margin: .15rem 0 } a { color: var(--accent); overflow-wrap: anywhere; display: inline-block; padding: .1rem 0 }
        input, button { font: inherit; min-height: 2.5rem; max-width: 100% } input[name=title] { padding: 0 .6rem } button { padding: 0 1rem }
        </style>
        </head>
        <body>
        <h1>roadrunner-swift</h1>
        <p class="lead">A Hummingbird application. This box is filled by <code>/stream?n=10</code>, line by line as they are sent:</p>
        <pre id="stream" aria-live="polite"></pre>
        <p>A form, read by RoadRunner or by the worker (<code>POST /upload</code>):</p>
        <form id="upload" action="/upload" method="post" enctype="multipart/form-data">
        <input name="title" placeholder="A title" value="Hello"> <input name="file" type="file" aria-label="A file"> <button>Upload</button>
        </form>
        <pre id="answer" hidden></pre>
        <ul>
        <li><a href="/hello">/hello</a>, <a href="/json">/json</a>: buffered responses</li>
        <li><a href="/stream?n=20">/stream?n=20</a>: a body from an <code>AsyncSequence</code></li>
        <li><a href="/events">/events</a>: server-sent events until you leave</li>
        <li><a href="/files/hello.txt">/files/hello.txt</a>, <a href="/download?bytes=1000000">/download</a>: a file, and a generated one</li>
        <li><a href="/rows?n=100">/rows?n=100</a>, <a href="/rows.ndjson?n=5">/rows.ndjson</a>, <a href="/report?n=5">/report</a>: JSON that is sent while it is made</li>
        <li><a href="/whoami">/whoami</a>, <a href="/me">/me</a>, <a href="/after">/after</a>, <a href="/after/last">/after/last</a>: proxies, sessions, work after the response</li>
        <li><a href="/hints">/hints</a>, <a href="/trailers">/trailers</a>: early hints and trailers</li>
        <li><a href="/echo?a=1">/echo</a>: your request as the worker saw it</li>
        <li><a href="/counter">/counter</a>, <a href="/cached?ms=500">/cached?ms=500</a>, <a href="/many?keys=counter,cached">/many</a>: key-value storages</li>
        <li><a href="/chat">/chat</a>: websockets, where Centrifugo runs</li>
        <li><a href="/print">/print</a>: prints to standard output, which is safe</li>
        <li><a href="/throw">/throw</a>, <a href="/crash">/crash</a>: an error, and a trap</li>
        </ul>
        <script>
        (async () => {
          const box = document.getElementById("stream");
          const body = (await fetch("/stream?n=10")).body.pipeThrough(new TextDecoderStream()).getReader();
          for (let part; !(part = await body.read()).done;) box.textContent += part.value;
          box.textContent += "done";
        })();
        document.getElementById("upload").addEventListener("submit", async event => {
          event.preventDefault();
          const answer = document.getElementById("answer");
          answer.hidden = false;
          try {
            const response = await fetch("/upload", { method: "POST", body: new FormData(event.target) });
            answer.textContent = response.ok ? JSON.stringify(await response.json(), null, 2) : await response.text();
          } catch (error) {
            answer.textContent = error;
          }
        });
        </script>
        </body>
        </html>

        """
}
