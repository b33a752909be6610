import HTTPTypes
import HTTPWorker
import Hummingbird
import NIOCore
import RoadRunnerRuntime

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Serves the inspector in debug: a page of the latest requests and events, the part of it that changes, and JSON.
struct InspectorPage: Sendable {
    let inspector: Inspector
    let path: String

    /// The maximum number of records on the page.
    private static let maximumRecords = 300

    /// - Returns: nil when the request is not for the inspector.
    func response(to request: Request) async -> Response? {
        guard request.uri.path == self.path, request.method == .get || request.method == .head else { return nil }
        let parameters = request.uri.queryParameters
        let isJSON = ErrorResponseFormat(accept: request.headers[values: .accept]) == .json
        if let id = parameters.get("record") { return await self.record(id.beginning(100), isJSON: isJSON) }
        let contents = await self.contents(InspectorFilter(parameters))
        let isPart = parameters.get("part") == "records"
        guard isJSON || isPart else { return Self.html(InspectorHTML.page(contents), policy: InspectorHTML.livePolicy) }
        let text = isJSON ? Self.json(contents) : InspectorHTML.records(contents)
        let tag = Self.tag(text)
        if request.headers[values: .ifNoneMatch].contains(where: { $0.hasBytes(of: tag) }) {
            return Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "no-store"])
        }
        var response = isJSON ? Self.response(text, "application/json") : Self.html(text, policy: InspectorHTML.policy)
        response.headers[.eTag] = tag
        return response
    }

    // MARK: Contents

    /// Collects the contents of the page.
    private func contents(_ filter: InspectorFilter) async -> InspectorContents {
        let share = self.inspector.publisher as? InspectorShare
        let pid = Int(currentProcessID())
        let own = InspectedProcess(
            id: share?.id ?? "", pid: pid, changed: 0, records: self.inspector.all.map { InspectorRecord($0) })
        var failure = share?.failure
        var processes = [own]
        do {
            processes += try await share?.others() ?? []
        } catch {
            failure = "\(error)".beginning(500)
        }
        var contents = InspectorContents(filter: filter)
        contents.notice =
            if let failure {
                "Cannot show records of other processes: \(failure)"
            } else if share == nil, self.inspector.isOneOfMany {
                """
                These are the records of one process, \(pid): the other workers of the pool have their own. \
                Call boot.shareInspector(…) in the kernel to show all of them.
                """
            } else {
                nil
            }
        contents.add(processes, at: Self.maximumRecords)
        return contents
    }

    /// The response with everything about one request or event.
    private func record(_ id: String, isJSON: Bool) async -> Response {
        let details: InspectorDetails?
        let share = self.inspector.publisher as? InspectorShare
        if let entry = self.inspector.all.first(where: { $0.id.hasBytes(of: id) }) {
            details = InspectorDetails(entry, maximumSize: 512 * 1024, maximumText: 8000)
        } else {
            let owner = try? await share?.others().first { $0.records.contains { $0.id.hasBytes(of: id) } }
            details = if let owner { try? await share?.details(of: id, in: owner.id) } else { nil }
        }
        guard let details else {
            var response =
                isJSON
                ? Self.response(ErrorJSON(["status": 404]).text, "application/json")
                : Self.html(InspectorHTML.missing(id), policy: InspectorHTML.policy)
            response.status = .notFound
            return response
        }
        guard !isJSON else { return Self.response(Self.json(details), "application/json") }
        return Self.html(InspectorHTML.page(details), policy: InspectorHTML.policy)
    }

    // MARK: Responses

    private static func html(_ text: String, policy: String) -> Response {
        var response = Self.response(text, "text/html")
        response.headers[.contentSecurityPolicy] = policy
        return response
    }

    private static func response(_ text: String, _ type: String) -> Response {
        var headers = ErrorPage.headers
        headers[.contentType] = "\(type); charset=utf-8"
        headers[.vary] = "Accept"
        // Pages of other sites must not read it, whatever browsers let them do.
        headers[.crossOriginResourcePolicy] = "same-origin"
        headers[.referrerPolicy] = "no-referrer"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "{}\n"
    }

    /// A hash of the text that is the same in all processes (FNV-1a).
    private static func tag(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "\"\(String(hash, radix: 16))\""
    }
}
