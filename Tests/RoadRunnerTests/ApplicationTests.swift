import HummingbirdTesting
import RoadRunner
import RoadRunnerTesting
import Testing

// This target sees only public declarations, like a user's tests.

private struct Note: Codable, Equatable {
    var title: String
    var tags: [String]
    var due: Int?
}

private struct Login: Decodable {
    let user: String
    let remember: Bool?
}

private struct App: Kernel {
    let router = Router(context: BasicRoadRunnerRequestContext.self)

    init(_ boot: BootContext) {
        self.router.post("notes") { request, context in
            var note = try await request.decode(as: Note.self, context: context)
            note.tags.append("stored")
            let text = "{\"title\":\"\(note.title)\",\"tags\":\(note.tags)}"
            return Response(
                status: .created, headers: [.contentType: "application/json", .location: "/notes/1"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        self.router.post("avatar") { request, context in
            let form = try await request.form(context: context)
            guard let upload = form.files["image"].value else { throw HTTPError(.badRequest) }
            let image = try await upload.contents(upTo: 1024)
            return "\(form["title"].value ?? "") \(upload.name) \(upload.mediaType) \(String(buffer: image))"
        }
        self.router.post("login") { request, context in
            let login = try await request.decode(as: Login.self, context: context)
            var response = Response(status: .seeOther, headers: [.location: "/me"])
            response.setCookie(Cookie(name: "user", value: login.user, path: "/"))
            return response
        }
        self.router.post("logout") { _, _ in
            var response = Response(status: .noContent)
            response.setCookie(Cookie(name: "user", value: "", maxAge: 0, path: "/"))
            return response
        }
        self.router.get("me") { request, _ in
            guard let user = request.cookies["user"]?.value else { throw HTTPError(.unauthorized) }
            return user
        }
        self.router.delete("notes/:id") { _, _ in HTTPResponse.Status.noContent }
    }

    var workers: some Workers { HTTP(self.router) }
}

@Suite(.timeLimit(.minutes(1))) struct ApplicationTests {
    @Test func aProgramOfOneRouteNeedsNoRouter() async throws {
        try await TestWorker.with(HTTP { request, _ in "Hello from \(request.uri.path)" }) { worker async throws in
            #expect(try await worker.send(.get("/here")).text == "Hello from /here")
        }
    }

    /// Without RoadRunner, the connection provides the details of the request.
    @Test func theSameContextsWorkInHummingbirdsTestKit() async throws {
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.get("who") { _, context in
            context.requestReboot("nobody reboots here")
            return "\(context.info.protocolVersion) \(context.client.scheme) \(context.client.address ?? "nobody")"
        }
        try await Application(router: router).test(.router) { client async throws in
            let response = try await client.execute(uri: "/who", method: .get)
            #expect(String(buffer: response.body) == "HTTP/1.1 http nobody")
        }
    }

    @Test func takesNotesAsJSON() async throws {
        try await TestWorker.with(kernel: App.self) { worker in
            let response = try await worker.send(.post("/notes", body: .json(Note(title: "Milk", tags: ["shop"]))))
            #expect(response.status == .created)
            #expect(response.headers[.location] == "/notes/1")
            #expect(try response.decode(as: Note.self) == Note(title: "Milk", tags: ["shop", "stored"]))

            let broken = try await worker.send(.post("/notes", headers: [.contentType: "application/json"], body: "{"))
            #expect(broken.status == .badRequest)
            #expect(try await worker.send(.delete("/notes/1")).status == .noContent)
            #expect(try await worker.send(TestRequest(.trace, "/notes")).status == .notFound)
        }
    }

    @Test(arguments: [false, true]) func takesUploads(_ rawBody: Bool) async throws {
        try await TestWorker.with(kernel: App.self) { worker in
            let parts: [TestRequest.Body.Part] = [
                .field("title", "Me"),
                .file("image", filename: "me.png", contentType: "image/png", content: ByteBuffer(string: "png!")),
            ]
            let response = try await worker.send(.post("/avatar", body: .multipart(parts, rawBody: rawBody)))
            #expect(response.status == .ok)
            #expect(response.text == "Me me.png image/png png!")
        }
    }

    @Test(arguments: [false, true]) func knowsWhoIsLoggedIn(_ rawBody: Bool) async throws {
        try await TestWorker.with(kernel: App.self) { worker in
            let browser = TestBrowser(worker)
            #expect(try await browser.send(.get("/me")).status == .unauthorized)
            let login = try await browser.send(.post("/login", body: .form(["user": "ann", "remember": "on"], rawBody: rawBody)))
            #expect(login.status == .seeOther)
            #expect(browser.cookies == ["user": "ann"])
            #expect(try await browser.send(.get("/me")).text == "ann")
            // Other clients are not logged in.
            #expect(try await worker.send(.get("/me")).status == .unauthorized)
            try await browser.send(.post("/logout"))
            #expect(browser.cookies.isEmpty)
            #expect(try await browser.send(.get("/me")).status == .unauthorized)
        }
    }

    /// The same router works with Hummingbird's test client: the names of both kits can be used in one file.
    @Test func hummingbirdsTestClientWorksBesideThisKit() async throws {
        let router = Router()
        router.get("hello") { _, _ in "Hello" }
        let application = Application(router: router)
        let theirs: TestResponse = try await application.test(.router) { client async throws in
            try await client.execute(uri: "/hello", method: .get)
        }
        let ours: WorkerResponse = try await TestWorker.with(HTTP(router)) { worker in try await worker.send(.get("/hello")) }
        #expect(theirs.status == ours.status)
        #expect(String(buffer: theirs.body) == ours.text)
    }
}
