import TestSupport

/// Generates forms of all kinds, most of which no browser sends.
struct RandomForms {
    private var generator: SeededGenerator

    init(_ generator: SeededGenerator) { self.generator = generator }

    mutating func next() -> FormRequest { Bool.random(using: &self.generator) ? self.urlEncoded() : self.multipart() }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self.generator) }
    private mutating func happens(oneIn count: Int) -> Bool { self.number(1...count) == 1 }
    private mutating func pick(_ texts: [String]) -> String { texts.randomElement(using: &self.generator) ?? "" }

    private mutating func join(_ texts: [String], _ range: ClosedRange<Int>) -> String {
        (0..<self.number(range)).map { _ in self.pick(texts) }.joined()
    }

    /// Removes, duplicates or replaces bytes.
    private mutating func damage(_ bytes: [UInt8], _ others: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<self.number(1...3) where !bytes.isEmpty {
            let index = self.number(0...(bytes.count - 1))
            switch self.number(1...4) {
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(bytes[index], at: index)
            case 3: bytes[index] = others.randomElement(using: &self.generator) ?? 0
            default: bytes.removeLast(min(bytes.count - index, 12))
            }
        }
        return bytes
    }

    // MARK: URL-encoded

    private static let nameTexts = [
        "a", "a", "b", "ab", "[", "]", "[]", "[]", "[a]", "[b]", "[0]", "[1]", " ", "+", ".", "%5B", "%5D", "é", "e\u{301}",
        "%C3%A9", "%ff",
        "%e2%82", "%20", "%00", "%22",
    ]
    private static let valueTexts = [
        "", "", "1", "x", "+", "%20", "é", "%ff", "%f0%9f%98", "%F0%9F%98%80", "=", "[", "\"", "\r\n",
    ]

    private mutating func urlEncoded() -> FormRequest {
        var pairs: [String] = []
        for _ in 0..<self.number(0...5) {
            let separator = self.happens(oneIn: 8) ? "" : "="
            pairs.append(
                self.join(Self.nameTexts, 0...4) + separator + (separator.isEmpty ? "" : self.join(Self.valueTexts, 0...2)))
        }
        var body = Array(pairs.joined(separator: "&").utf8)
        if self.happens(oneIn: 4) { body = self.damage(body, Array("%;&=[]+ a\u{0}".utf8) + [0xFF, 0xC3, 0xE2]) }
        let type = self.pick([
            "application/x-www-form-urlencoded", "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-8",
            "application/x-www-form-urlencoded ; a=\"b\\\"c\" ", "application/x-www-form-urlencoded; a=b c",
            "Application/x-www-form-urlencoded",
        ])
        let method = self.pick(["POST", "POST", "POST", "PUT", "PATCH", "DELETE"])
        let query = self.pick(["", "", "", "", "?a=1", "?a=%", "?;", "?"])
        return FormRequest(method: method, target: "/form\(query)", contentTypes: [type], body: body)
    }

    // MARK: Multipart

    private static let fileNames = [
        "x.txt", "", "a/b.txt", "C:\\x\\y.txt", "..", "/", "q\\\"q", "a\\ b", "ž.txt", "x;y", "x\\", "[0]", "%C5%BE", "a\\\\b",
        " ",
    ]

    private mutating func multipart() -> FormRequest {
        let boundary = self.pick(["b", "b", "b b", "----x", "b'c", String(repeating: "B", count: 80)])
        let newline = self.happens(oneIn: 6) ? "\n" : "\r\n"
        var body = self.happens(oneIn: 6) ? "preamble\(newline)" : ""
        for _ in 0..<self.number(0...4) {
            body += "--\(boundary)\(self.happens(oneIn: 8) ? " \t" : "")\(newline)"
            body += self.partHeaders(newline) + newline + self.content(newline, boundary) + newline
        }
        body += "--\(boundary)--" + self.pick(["", newline, "\(newline)epilogue", " \(newline)", newline])
        var bytes = Array(body.utf8)
        // Quoted-printable parts stay intact: RoadRunner stops in the middle of a part that has a malformed encoding and no name,
        // and refuses the form depending on how much it read at once.
        if self.happens(oneIn: 3), !body.contains("uoted-") {
            bytes = self.damage(bytes, Array("-b\r\n:;\"\\= \t[]=\u{1}".utf8) + [0xFF, 0xC3, 0xC2, 0xA0])
        }
        let quoted = boundary.contains(" ") ? "\"\(boundary)\"" : boundary
        let type = self.pick([
            "multipart/form-data; boundary=\(quoted)", "multipart/form-data; boundary=\(quoted)",
            "multipart/form-data;boundary=\"\(boundary)\";",
            "multipart/form-data; charset=utf-8; Boundary=\(quoted)", "multipart/form-data; boundary*0=\"\(boundary)\"",
        ])
        return FormRequest(
            method: self.pick(["POST", "POST", "PUT", "DELETE"]), contentTypes: [type], body: bytes)
    }

    private mutating func name() -> String {
        self.join(["a", "b", "[]", "[a]", "[0]", " ", "é", "e\u{301}", "\\\"", "[", "]"], 0...3)
    }

    private mutating func partHeaders(_ newline: String) -> String {
        var parameters = self.happens(oneIn: 8) ? "; name=\(self.name())" : "; name=\"\(self.name())\""
        if self.happens(oneIn: 2) {
            let name = self.pick(Self.fileNames)
            parameters += self.pick([
                "; filename=\"\(name)\"", "; filename=\"\(name)\"", ";\(newline) filename=\"\(name)\"", "; FileName=\"\(name)\"",
                "; filename=\(name)", "; filename*=UTF-8''%C5%BE.txt", "; filename*=utf-8'en'%zz", "; filename*=latin1''x",
                "; filename*0=a; filename*1=\"b\"",
                "; filename=\"\(name)\"; filename=\"\(name)\"", "; filename=\"\(name)\"; filename=other",
                "; filename*0*=UTF-8''%C5; filename*1*=%BE",
                "; filename=\"x\"; filename*=UTF-8''y", " ; filename = \"\(name)\"",
            ])
        }
        if self.happens(oneIn: 10) { parameters += self.pick([";", "; ", "; x", "; x=", " y", ";;", "; =", "; \u{a0}x=y"]) }
        let type = self.pick(["form-data", "form-data", "form-data", "Form-Data", "attachment", "form-data/x"])
        var lines =
            "\(self.pick(["Content-Disposition", "content-disposition", "Content-Disposition"])):\(self.pick([" ", "", "  "]))\(type)\(parameters)\(newline)"
        if self.happens(oneIn: 3) {
            lines += "Content-Type: \(self.pick(["text/plain", "text/html;\(newline)\tcharset=x", "", "  x  "]))\(newline)"
        }
        if self.happens(oneIn: 4) {
            let encoding = self.pick(["quoted-printable", "Quoted-Printable", "base64"])
            // A backslash at the end escapes the quotation mark, and the part loses its name.
            let name = self.pick(Self.fileNames.filter { !$0.hasSuffix("\\") })
            let file = self.happens(oneIn: 2) ? "; filename=\"\(name)\"" : ""
            lines = "Content-Disposition: form-data; name=\"q\(self.name())\"\(file)\(newline)"
            lines += "Content-Transfer-Encoding: \(encoding)\(newline)"
        }
        if self.happens(oneIn: 12) {
            lines += self.pick(["nonsense", ": x", "X : y", "X{: y", "X: \u{1}", " folded", "X:"]) + newline
        }
        return lines
    }

    private mutating func content(_ newline: String, _ boundary: String) -> String {
        self.join(
            [
                "x", "text", "=", "=3D", "=\(newline)", "=C5=BE", "=zz", " ", "\t", newline, "\n", "\r", "--", "\(newline)--",
                "\(newline)--\(boundary)x",
                "--\(boundary)", "ž", "=3", "\u{7f}",
            ], 0...5)
    }
}
