import CentrifugoTokens
import Crypto
import Foundation
import Testing

@Suite struct TokenTests {
    private static let secret = "a secret that is long enough for this"

    private struct Info: Codable, Sendable, Equatable { let name: String }

    /// Verifies and decodes a token as Centrifugo does, without the library that signed it.
    private static func claims(_ token: String, secret: String = Self.secret) throws -> [String: JSON] {
        let parts = token.split(separator: ".").map(String.init)
        try #require(parts.count == 3)
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(parts[0]).\(parts[1])".utf8), using: SymmetricKey(data: Data(secret.utf8)))
        #expect(Data(code) == Self.decode(parts[2]))
        let header = try JSONDecoder().decode([String: String].self, from: Self.decode(parts[0]))
        #expect(header["alg"] == "HS256")
        return try JSONDecoder().decode([String: JSON].self, from: Self.decode(parts[1]))
    }

    private static func decode(_ text: String) -> Data {
        var text = text.replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        return Data(base64Encoded: text) ?? Data()
    }

    private enum JSON: Decodable, Equatable {
        case number(Int64), text(String), list([String]), other(Info)
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Int64.self) {
                self = .number(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode([String].self) {
                self = .list(value)
            } else {
                self = .other(try container.decode(Info.self))
            }
        }
    }

    @Test func connectionTokens() async throws {
        let signer = await TokenSigner(hmacSecret: Self.secret)
        let claims = try Self.claims(
            await signer.connectionToken(
                user: "7", expiresIn: .seconds(600), info: Info(name: "ann"), channels: ["news"], issuer: "app"))
        #expect(claims["sub"] == .text("7") && claims["info"] == .other(Info(name: "ann")))
        #expect(claims["channels"] == .list(["news"]) && claims["iss"] == .text("app"))
        guard case .number(let exp) = claims["exp"], case .number(let iat) = claims["iat"] else { throw CancellationError() }
        #expect((600...602).contains(exp - iat))
        let forever = try Self.claims(await signer.connectionToken(user: "", expiresIn: nil))
        #expect(forever["exp"] == nil && forever["info"] == nil && forever["channels"] == nil && forever["meta"] == nil)
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(Int64.max) + .seconds(Int64.max)])
    func durationsOutOfRange(_ long: Duration) async throws {
        let signer = await TokenSigner(hmacSecret: Self.secret)
        let year: Int64 = 365 * 86_400
        for (life, expected) in [(long, 100 * year), (.zero - long, -100 * year)] {
            let claims = try Self.claims(await signer.connectionToken(user: "7", expiresIn: life))
            guard case .number(let exp) = claims["exp"], case .number(let iat) = claims["iat"] else { throw CancellationError() }
            #expect((0...1).contains(exp - iat - expected))
        }
    }

    @Test func subscriptionTokens() async throws {
        let signer = await TokenSigner(hmacSecret: Self.secret)
        let claims = try Self.claims(
            await signer.subscriptionToken(user: "7", channel: "private:a", expiresIn: .milliseconds(1500)))
        #expect(claims["sub"] == .text("7") && claims["channel"] == .text("private:a"))
        guard case .number(let exp) = claims["exp"], case .number(let iat) = claims["iat"] else { throw CancellationError() }
        #expect((2...3).contains(exp - iat))
    }
}
