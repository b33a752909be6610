import Testing

@testable import RoadRunnerObservability

@Suite struct MetricNameTests {
    @Test(arguments: [
        ("requests_total", "requests_total"), ("http.server-requests", "http_server_requests"), ("9lives", "_9lives"), ("", "_"),
        ("bad name!", "bad_name_"), ("a:b", "a:b"), ("žluť", "_lu_"),
        (String(repeating: "a", count: 500), String(repeating: "a", count: 200)),
    ])
    func metrics(_ text: String, _ name: String) { #expect(MetricName.metric(text) == name) }

    @Test(arguments: [
        ("a:b", "a_b"), ("__name__", "_name__"), ("le", "le_"), ("quantile", "quantile_"), ("", "_"), ("____", "_"),
    ])
    func labels(_ text: String, _ name: String) { #expect(MetricName.label(text) == name) }
}
