import Foundation
import Hummingbird
import NIOCore
import RoadRunnerTesting
import RoadRunnerWeb
import TestSupport
import Testing

@testable import HTTPWorker

@Suite(.timeLimit(.minutes(1))) struct FormDecodingTests {
    struct Order: Decodable, Equatable {
        enum Size: String, Decodable { case small, large }
        struct Line: Decodable, Equatable {
            let article: String
            let amount: Int
        }
        let customer: String
        let note: String?
        let discount: Double?
        let gift: Bool
        let size: Size
        let day: Date
        let id: UUID
        let tags: [String]
        let lines: [Line]
        let options: [String: Int]
        let site: URL?
        let unchecked: [String]
    }

    static let body =
        "customer=Ann&note=&discount=&gift=on&size=large&day=2026-11-25&id=E621E1F8-C36C-495A-93FC-0C247A3E6E5F&tags[]=a&tags[]=b"
        + "&lines[1][article]=tea&lines[1][amount]=2&lines[0][article]=cup&lines[0][amount]=%201%20&options[x]=1&options[y]=2"
        + "&site=https://example.org/"

    @Test func codableTypesAreDecoded() async throws {
        try await withText { request, context in
            let order = try await request.decode(as: Order.self, context: context)
            #expect(order.customer == "Ann")
            #expect(order.note == "")
            #expect(order.discount == nil)
            #expect(order.gift)
            #expect(order.size == .large)
            #expect(order.day == Date(timeIntervalSince1970: 1_795_564_800))
            #expect(order.tags == ["a", "b"])
            #expect(order.lines == [.init(article: "cup", amount: 1), .init(article: "tea", amount: 2)])
            #expect(order.options == ["x": 1, "y": 2])
            #expect(order.site?.host() == "example.org")
            #expect(order.unchecked == [])
            return "decoded"
        } _: { worker async throws in
            let response = try await worker.send(
                .post("/", headers: [("Content-Type", "application/x-www-form-urlencoded")], body: Self.body))
            #expect(response.text == "decoded")
        }
    }

    struct Post: Decodable {
        let title: String
        let image: Upload
        let more: [Upload]
        let missing: Upload?
    }

    @Test func codableTypesMayContainUploads() async throws {
        try await withText { request, context in
            let post = try await request.decode(as: Post.self, context: context)
            let image = try await post.image.contents(upTo: 100)
            return "\(post.title) \(post.image.name) \(String(buffer: image)) \(post.more.map(\.name)) \(post.missing == nil)"
        } _: { worker async throws in
            let request = TestRequest.multipart(
                "/", [.field("title", "t"), .file("image", "i.png", "png!"), .file("more[]", "1", ""), .file("more[]", "2", "")])
            #expect(try await worker.send(request).text == #"t i.png png! ["1", "2"] true"#)
        }
    }

    @Test(arguments: [
        ("a=x", "not a number"), ("b=1", "no field"), ("a[x]=1", "not one value"), ("a=99999999999999999999", "not a number"),
    ])
    func wrongTypesAre400(_ body: String, _ text: String) async throws {
        struct Number: Decodable { let a: Int }
        try await withText { request, context in
            "\(try await request.decode(as: Number.self, context: context).a)"
        } _: { worker async throws in
            let response = try await worker.send(
                .post("/", headers: [("Content-Type", "application/x-www-form-urlencoded")], body: body))
            #expect(response.status == 400)
        }
    }

    @Test func jsonIsDecodedAsBefore() async throws {
        struct Number: Decodable { let a: Int }
        try await withText { request, context in
            "\(try await request.decode(as: Number.self, context: context).a)"
        } _: { worker async throws in
            #expect(
                try await worker.send(.post("/", headers: [("Content-Type", "application/json")], body: #"{"a":7}"#)).text == "7")
        }
    }

    @Test func customContextsDecodeFormsToo() async throws {
        struct Own: RoadRunnerRequestContext {
            var coreContext: CoreRequestContextStorage
            let info: RequestInfo
            init(source: ApplicationRequestContextSource) {
                self.coreContext = .init(source: source)
                self.info = source.info
            }
        }
        struct Number: Decodable { let a: Int }
        let router = Router(context: Own.self)
        router.post("/") { request, context in "\(try await request.decode(as: Number.self, context: context).a)" }
        try await TestWorker.with(HTTP(router)) { worker async throws in
            #expect(
                try await worker.send(
                    .post("/", headers: [("Content-Type", "application/x-www-form-urlencoded")], body: "a=7")
                ).text == "7")
        }
    }
}
