import Hummingbird
import RoadRunner

/// Answers whose body is there at once.
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
        <style>
        :root { color-scheme: light dark }
        body { font: 16px/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 44rem; padding: 0 1rem }
        h1 { margin-bottom: 0 } p.lead { margin-top: .25rem; opacity: .75 }
        pre { min-height: 16.5rem; padding: 1rem; border: 1px solid #8886; border-radius: 8px; overflow: auto }
        code, pre { font-family: ui-monospace, monospace }
        li { margin: .15rem 0 } a { color: #f05138 }
        </style>
        </head>
        <body>
        <h1>roadrunner-swift</h1>
        <p class="lead">A Hummingbird application. This box is filled by <code>/stream?n=10</code>, line by line as they are sent:</p>
        <pre id="stream" aria-live="polite"></pre>
        <ul>
        <li><a href="/hello">/hello</a>, <a href="/json">/json</a>: buffered answers</li>
        <li><a href="/stream?n=20">/stream?n=20</a>: a body from an <code>AsyncSequence</code></li>
        <li><a href="/events">/events</a>: server-sent events until you leave</li>
        <li><a href="/echo?a=1">/echo</a>: what the worker saw of your request</li>
        <li><a href="/counter">/counter</a>, <a href="/cached?ms=500">/cached?ms=500</a>, <a href="/many?keys=counter,cached">/many</a>: key-value storages</li>
        <li><a href="/chat">/chat</a>: websockets, where Centrifugo runs</li>
        <li><a href="/print">/print</a>: prints to standard output, which harms nothing</li>
        <li><a href="/throw">/throw</a>, <a href="/crash">/crash</a>: an error, and a trap</li>
        </ul>
        <script>
        (async () => {
          const box = document.getElementById("stream");
          const body = (await fetch("/stream?n=10")).body.pipeThrough(new TextDecoderStream()).getReader();
          for (let part; !(part = await body.read()).done;) box.textContent += part.value;
          box.textContent += "done";
        })();
        </script>
        </body>
        </html>

        """
}
