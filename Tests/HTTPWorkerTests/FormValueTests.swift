import Foundation
import HTTPTypes
import Testing

@testable import HTTPWorker

/// Tests decoding the values of HTML's inputs as Swift's types.
@Suite struct FormValueTests {
    private func expectInvalid<Value: Decodable>(
        _ type: Value.Type, _ body: String, _ field: String, _ code: FormError.Code = .invalidField,
        _ location: SourceLocation = #_sourceLocation
    ) {
        do {
            let value = try Form(urlEncoded: body).decode(as: type)
            Issue.record("\(body): \(value)", sourceLocation: location)
        } catch let error as FormError {
            #expect(error.code == code, "\(error)", sourceLocation: location)
            #expect(error.field == field, sourceLocation: location)
            #expect(error.description.contains("\"\(field)\""), sourceLocation: location)
            #expect(error.status.code == 400, sourceLocation: location)
        } catch {
            Issue.record(error, sourceLocation: location)
        }
    }

    // MARK: Check boxes

    struct Choices: Decodable {
        let agreed: Bool
        let news: Bool?
        let topics: [String]
    }

    @Test func boxesThatAreNotCheckedAreFalse() throws {
        let choices = try Form(urlEncoded: "").decode(as: Choices.self)
        #expect(!choices.agreed)
        #expect(choices.news == nil)
        #expect(choices.topics.isEmpty)
    }

    @Test(arguments: [
        ("on", true), ("ON", true), ("1", true), ("true", true), ("yes", true), ("off", false), ("0", false), ("false", false),
        ("no", false),
        ("", false),
    ])
    func textsOfBoxes(_ text: String, _ expected: Bool) throws {
        #expect(try Form(urlEncoded: "agreed=\(text)").decode(as: Choices.self).agreed == expected)
        #expect(try Form(urlEncoded: "news=\(text)").decode(as: Choices.self).news == (text.isEmpty ? nil : expected))
    }

    @Test func otherTextsAreNotBooleans() { self.expectInvalid(Choices.self, "agreed=maybe", "agreed") }

    @Test func nestedTypesWithoutFieldsHaveTheirDefaults() throws {
        struct Page: Decodable {
            let choices: Choices
            let counts: [String: Int]
        }
        #expect(try Form(urlEncoded: "").decode(as: Page.self).choices.agreed == false)
        #expect(try Form(urlEncoded: "choices=").decode(as: Page.self).counts.isEmpty)
        struct Named: Decodable {
            struct Name: Decodable { let first: String }
            let name: Name
        }
        self.expectInvalid(Named.self, "x=1", "name[first]", .missingField)
    }

    @Test func recursiveTypesTerminate() throws {
        final class Endless: Decodable { let next: Endless }
        #expect(throws: FormError.self) { try Form(urlEncoded: "").decode(as: Endless.self) }
    }

    // MARK: Inputs without a value

    struct Optionals: Decodable {
        enum Size: String, Decodable { case small }
        let text: String?
        let number: Int?
        let size: Size?
        let day: Date?
        let site: URL?
        let numbers: [Int?]
        let texts: [String?]
        let counts: [String: Int?]
    }

    @Test func emptyFieldsAreNilUnlessTheirTypeIsString() throws {
        let body = "text=&number=&size=&day=&site=&numbers[]=1&numbers[]=&texts[]=&counts[a]=&counts[b]=2"
        let values = try Form(urlEncoded: body).decode(as: Optionals.self)
        #expect(values.text == "")
        #expect(values.number == nil && values.size == nil && values.day == nil && values.site == nil)
        #expect(values.numbers == [1, nil])
        #expect(values.texts == [""])
        #expect(values.counts == ["a": nil, "b": 2])
        #expect(try Form(urlEncoded: "numbers=&counts=").decode(as: Optionals.self).numbers.isEmpty)
    }

    // MARK: Numbers

    struct Number<Value: Decodable>: Decodable { let n: Value }

    private func number<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
        try Form(urlEncoded: "n=\(text)").decode(as: Number<Value>.self).n
    }

    @Test func wholeNumbers() throws {
        #expect(try self.number("%207+") == 7)
        #expect(try self.number("-7") == -7)
        #expect(try self.number("%2B7") == 7)
        #expect(try self.number("7.00") == 7)
        #expect(try self.number("1e3") == 1000)
        #expect(try self.number("1.5E%2B1") == 15)
        #expect(try self.number("1200e-2") == 12)
        #expect(try self.number("0e999999999999999999999") == 0)
        #expect(try self.number("-0", as: UInt8.self) == 0)
        #expect(try self.number("255", as: UInt8.self) == 255)
        #expect(try self.number("-9223372036854775808", as: Int64.self) == .min)
        #expect(try self.number("18446744073709551615", as: UInt64.self) == .max)
        for text in [
            "", "x", "1.5", "1e", "e3", ".", "1.", "0x10", "1_000", "1,5", "--1", "1e999999999999999999", "9223372036854775808",
            "١",
        ] {
            self.expectInvalid(Number<Int>.self, "n=\(text)", "n")
        }
        self.expectInvalid(Number<UInt8>.self, "n=256", "n")
        self.expectInvalid(Number<UInt8>.self, "n=-1", "n")
        self.expectInvalid(Number<Int8>.self, "n=1e3", "n")
    }

    @Test func fractions() throws {
        #expect(try self.number("1.5e3") == 1500.0)
        #expect(try self.number("-.5") == -0.5)
        #expect(try self.number("0.1", as: Float.self) == 0.1)
        #expect(try self.number("12.50", as: Decimal.self) == Decimal(string: "12.5"))
        #expect(try self.number("1e3", as: Decimal.self) == 1000)
        for text in ["nan", "NaN", "inf", "-infinity", "0x1p3", "1e999", "-1e999", "1,5", "1.5x", ""] {
            self.expectInvalid(Number<Double>.self, "n=\(text)", "n")
            self.expectInvalid(Number<Float>.self, "n=\(text)", "n")
            self.expectInvalid(Number<Decimal>.self, "n=\(text)", "n")
        }
        self.expectInvalid(Number<Float>.self, "n=1e39", "n")
    }

    // MARK: Dates

    @Test(arguments: [
        ("2026-11-25", "2026-11-25T00:00:00Z"), ("2026-11-25T10:30", "2026-11-25T10:30:00Z"),
        ("2026-11-25+10:30:15", "2026-11-25T10:30:15Z"),
        ("2026-11-25T10:30:15Z", "2026-11-25T10:30:15Z"), ("2026-11-25T10:30:15%2B02:00", "2026-11-25T08:30:15Z"),
        ("2026-11-25T00:30:00-0130", "2026-11-25T02:00:00Z"), ("2026-11", "2026-11-01T00:00:00Z"),
        ("2026-W48", "2026-11-23T00:00:00Z"),
        ("2026-W53", "2026-12-28T00:00:00Z"), ("2024-W01", "2024-01-01T00:00:00Z"), ("2023-W01", "2023-01-02T00:00:00Z"),
        ("2020-W53", "2020-12-28T00:00:00Z"), ("1969-W01", "1968-12-30T00:00:00Z"), ("10:30", "1970-01-01T10:30:00Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z"), ("2000-02-29", "2000-02-29T00:00:00Z"), ("1969-12-31", "1969-12-31T00:00:00Z"),
        ("1900-03-01", "1900-03-01T00:00:00Z"),
    ])
    func dates(_ text: String, _ expected: String) throws {
        #expect(try self.number(text, as: Date.self) == Date(expected, strategy: .iso8601))
    }

    @Test func fractionsOfSeconds() throws {
        #expect(try self.number("1970-01-01T00:00:01.5", as: Date.self) == Date(timeIntervalSince1970: 1.5))
        #expect(try self.number("10:00:00.25", as: DateComponents.self).nanosecond == 250_000_000)
    }

    @Test(arguments: [
        "", "x", "2026-11-25x", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-04-31", "2025-W53",
        "2026-W54", "2026-W00",
        "26-11-25", "0000-01-01", "2026-11-25T24:00", "2026-11-25T10:60", "2026-11-25T10:00:60", "2026-11-25T10", "24:00",
        "10:00Z", "2026-11-25T10:00%2B2",
        "2026-11-25T10:00:00.", "2026-1-1", "2026", "2026-", "99999999-01-01",
    ])
    func otherTextsAreNotDates(_ text: String) { self.expectInvalid(Number<Date>.self, "n=\(text)", "n") }

    @Test func partsOfDates() throws {
        let local = try self.number("2026-11-25T10:30", as: DateComponents.self)
        #expect((local.year, local.month, local.day) == (2026, 11, 25))
        #expect((local.hour, local.minute, local.second) == (10, 30, 0))
        #expect(local.timeZone == nil)
        #expect(try self.number("2026-11-25T10:30%2B02:00", as: DateComponents.self).timeZone?.secondsFromGMT() == 7200)
        let time = try self.number("07:05", as: DateComponents.self)
        #expect((time.year, time.hour, time.minute) == (nil, 7, 5))
        let month = try self.number("2026-11", as: DateComponents.self)
        #expect((month.year, month.month, month.day) == (2026, 11, nil))
        let week = try self.number("2026-W48", as: DateComponents.self)
        #expect((week.yearForWeekOfYear, week.weekOfYear, week.year) == (2026, 48, nil))
    }

    // MARK: Errors

    @Test func errorsNameTheField() {
        struct Order: Decodable {
            enum Size: String, Decodable { case small }
            struct Line: Decodable { let amount: UInt8 }
            let lines: [Line]
            let id: UUID?
            let size: Size?
            let tags: [Int]
        }
        self.expectInvalid(Order.self, "lines[3][amount]=1&lines[7][amount]=256", "lines[7][amount]")
        self.expectInvalid(Order.self, "lines[3][amount]=1&lines[7][x]=1", "lines[7][amount]", .missingField)
        self.expectInvalid(Order.self, "tags[]=1&tags[]=x", "tags[1]")
        self.expectInvalid(Order.self, "id=x", "id")
        self.expectInvalid(Order.self, "size=\(String(repeating: "x", count: 10_000))", "size")
        self.expectInvalid(Order.self, "lines=x", "lines[0]")
        self.expectInvalid(Order.self, "tags[x]=1", "tags")
        self.expectInvalid(Order.self, "size[x]=1", "size")
    }

    @Test func errorsOfTheProgramAreRethrown() throws {
        struct Own: Error {}
        struct Refuses: Decodable { init(from decoder: any Decoder) throws { throw Own() } }
        #expect(throws: Own.self) { try Form(urlEncoded: "").decode(as: Refuses.self) }
    }

    // MARK: Files

    struct Item: Decodable {
        let title: String?
        let photo: Upload?
    }

    struct Items: Decodable {
        let items: [Item]
        let photos: [Upload]
    }

    private static func upload(_ name: String) -> FormTree<Upload> {
        .leaf(Upload(name: name, mediaType: "", size: 0, error: nil, path: nil))
    }

    /// By number, not by order: some rows have no file.
    @Test func filesBelongToTheRowOfTheirNumber() throws {
        let fields = try Form(urlEncoded: "items[0][title]=A&items[1][title]=B&items[10][title]=C&photos[]=").fields
        let files = FormTree.object(
            FormEntries([
                (
                    "items",
                    .object(
                        FormEntries([
                            ("10", .object(FormEntries([("photo", Self.upload("c.png"))]))),
                            ("1", .object(FormEntries([("photo", Self.upload("b.png"))]))),
                            ("5", .object(FormEntries([("photo", Self.upload("none.png"))]))),
                        ]))
                )
            ]))
        let value = try Form(fields: fields, files: files).decode(as: Items.self)
        #expect(value.items.map(\.title) == ["A", "B", nil, "C"])
        #expect(value.items.map(\.photo?.name) == [nil, "b.png", "none.png", "c.png"])
        #expect(value.photos.isEmpty)
    }

    @Test func listsOmitInputsWithoutAFile() throws {
        let fields = try Form(urlEncoded: "photos[0]=&photos[1]=").fields
        let files = FormTree.object(FormEntries([("photos", .object(FormEntries([("1", Self.upload("1.png"))])))]))
        #expect(try Form(fields: fields, files: files).decode(as: Items.self).photos.map(\.name) == ["1.png"])
        self.expectInvalid(Items.self, "photos=text", "photos", .missingField)
        self.expectInvalid(Items.self, "photos[]=text", "photos[0]", .missingField)
    }
}
