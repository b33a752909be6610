import Foundation
import Hummingbird
import RoadRunner

/// Shows the contents of a form: its tree, or the values of HTML's inputs.
enum Forms {
    /// The trees of the fields and of the files, as JSON with as few escapes as possible.
    static func tree(_ request: Request, _ context: some RequestContext) async throws -> String {
        let form = try await request.form(context: context)
        let fields = try await Self.json(form.fields) { Self.json($0) }
        let files = try await Self.json(form.files) { upload in
            let content = upload.error == nil ? String(buffer: try await upload.contents(upTo: 1_000_000)) : ""
            return
                "{\"content\":\(Self.json(content)),\"error\":\(upload.error?.code.number ?? 0),\"name\":\(Self.json(upload.name)),"
                + "\"size\":\(upload.size),\"type\":\(Self.json(upload.mediaType))}"
        }
        return "{\"fields\":\(fields),\"files\":\(files)}"
    }

    private static func json<Leaf>(_ tree: FormTree<Leaf>, _ leaf: (Leaf) async throws -> String) async throws -> String {
        switch tree {
        case .missing: return "{}"
        case .leaf(let value): return try await leaf(value)
        case .list(let elements):
            var texts: [String] = []
            for element in elements { texts.append(try await Self.json(element, leaf)) }
            return "[\(texts.joined(separator: ","))]"
        case .object(let entries):
            var texts: [String] = []
            for (name, entry) in entries { texts.append("\(Self.json(name)):\(try await Self.json(entry, leaf))") }
            return "{\(texts.joined(separator: ","))}"
        }
    }

    private static func json(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": json += "\\\(scalar)"
            case _ where scalar.value < 0x20: json += String(format: "\\u%04x", scalar.value)
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }

    // MARK: Values

    private struct Line: Decodable {
        let article: String
        let amount: UInt8
        let gift: Bool
        let photo: Upload?
    }

    private struct Settings: Decodable {
        let news: Bool
        let topics: [String]
    }

    private struct Order: Decodable {
        let agreed: Bool
        let note: String?
        let price: Double?
        let count: Int?
        let day: Date?
        let at: DateComponents?
        let colour: String?
        let lines: [Line]
        let settings: Settings
        let photos: [Upload]
    }

    /// The decoded values, or the error's code and the field that it names.
    static func values(_ request: Request, _ context: some RequestContext) async throws -> String {
        do {
            let order = try await request.decode(as: Order.self, context: context)
            let lines = order.lines.map { "\($0.article) \($0.amount) \($0.gift) \($0.photo?.name ?? "-")" }
            let at = order.at.map { "\($0.hour ?? -1):\($0.minute ?? -1)" } ?? "-"
            return [
                "\(order.agreed)", order.note ?? "-", order.price.map { "\($0)" } ?? "-", order.count.map { "\($0)" } ?? "-",
                order.day.map { "\(Int($0.timeIntervalSince1970))" } ?? "-", at, order.colour ?? "-", "\(lines)",
                "\(order.settings.news) \(order.settings.topics)", "\(order.photos.map(\.name))",
            ].joined(separator: "; ")
        } catch let error as FormError {
            return "\(error.code) \(error.field ?? "")"
        }
    }
}
