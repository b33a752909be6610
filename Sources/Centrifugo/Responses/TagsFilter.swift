package import RoadRunnerAPI
import SwiftProtobuf

/// Selects the publications of a channel that a subscription gets, by their tags (Centrifugo 6.9).
public struct TagsFilter: Sendable {
    package let message: ProxyFilterNode

    /// Compares a tag with a value: `eq`, `neq`, `sw`, `ew`, `ct`, `gt`, `gte`, `lt`, `lte`.
    public static func compare(_ key: String, _ comparison: String, _ value: String) -> TagsFilter {
        TagsFilter(message: .with { ($0.key, $0.cmp, $0.val) = (key, comparison, value) })
    }

    /// Matches when the tag has one of the values.
    public static func isOne(_ key: String, of values: [String]) -> TagsFilter {
        TagsFilter(message: .with { ($0.key, $0.cmp, $0.vals) = (key, "in", values) })
    }

    /// Matches when all filters match.
    public static func all(_ filters: [TagsFilter]) -> TagsFilter {
        TagsFilter(message: .with { ($0.op, $0.nodes) = ("and", filters.map(\.message)) })
    }

    /// Matches when any filter matches.
    public static func any(_ filters: [TagsFilter]) -> TagsFilter {
        TagsFilter(message: .with { ($0.op, $0.nodes) = ("or", filters.map(\.message)) })
    }

    /// Matches when the filter does not.
    public static func not(_ filter: TagsFilter) -> TagsFilter {
        TagsFilter(message: .with { ($0.op, $0.nodes) = ("not", [filter.message]) })
    }
}
