import RoadRunnerRuntime
import TestSupport
import Testing

@testable import RoadRunnerTool

@Suite struct ConsoleTests {
    @Test func coloursAreForTerminals() {
        let coloured = Console(isColoured: true, output: { _ in }, errors: { _ in })
        #expect(coloured.styled("no", .red) == "\u{1B}[31mno\u{1B}[0m")
        let plain = Console(output: { _ in }, errors: { _ in })
        #expect(plain.styled("no", .red) == "no")
    }

    @Test(
        arguments: [
            ([:], true), (["NO_COLOR": "1"], false), (["NO_COLOR": ""], true), (["TERM": "dumb"], false),
            (["TERM": "xterm"], true),
        ] as [([String: String], Bool)])
    func theEnvironmentForbidsColours(_ variables: [String: String], _ allowed: Bool) {
        #expect(Console.allowsColours(variables) == allowed)
    }

    @Test func aBarGrows() {
        #expect(ProgressBar.line("rr", done: 0, total: 2_000_000).contains("░  0 %  0 kB of 2.0 MB"))
        #expect(ProgressBar.line("rr", done: 1_000_000, total: 2_000_000).contains("██░░"))
        #expect(ProgressBar.line("rr", done: 9_000_000, total: 2_000_000).contains("█  100 %"))
        #expect(ProgressBar.line("rr", done: 1500, total: nil) == "rr  1 kB")
    }

    @Test func aFileContainsNoBar() async {
        let run = await ToolRun.of(["--help"], in: "/")
        #expect(run.code == 0)
        #expect(run.output.contains("init") && run.output.contains("check") && run.output.contains("SUBCOMMANDS"))
        #expect(!run.text.contains("\u{1B}"))
    }

    @Test func printsItsVersion() async {
        let run = await ToolRun.of(["--version"], in: "/")
        #expect(run.code == 0)
        #expect(run.output.contains(PackageVersion.current))
        #expect(run.errors.isEmpty)
    }

    @Test func invalidCommandsAreReportedOnStandardError() async {
        let run = await ToolRun.of(["chek"], in: "/")
        #expect(run.code == 64)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("chek"))
    }

    @Test(arguments: ["init", "get", "check", "dev", "describe", "key", "keypair"])
    func everyCommandHasAnExtensiveHelp(_ command: String) async {
        let run = await ToolRun.of([command, "--help"], in: "/")
        #expect(run.code == 0)
        #expect(run.output.contains("USAGE: rr-swift \(command)"))
        #expect(run.output.count > 600)
    }

    @Test func questionsAreRepeatedUntilAnswered() {
        let lines = ["perhaps", "Y", "7", "2", "oracle", "memory, redis"]
        let asked = Counter()
        let console = Console(isInteractive: true, output: { _ in }, errors: { _ in }, input: { lines[asked.next() - 1] })
        let questions = Questions(on: console)
        #expect(questions.confirm("?", default: false))
        #expect(questions.choose("?", [("a", ""), ("b", "")]) == "b")
        #expect(questions.select("?", from: ["memory", "redis"]) == ["memory", "redis"])
    }

    @Test func withoutInputTheDefaultsApply() {
        let questions = Questions(on: Console(isInteractive: true, output: { _ in }, errors: { _ in }))
        #expect(questions.confirm("?", default: true))
        #expect(questions.choose("?", [("a", ""), ("b", "")]) == "a")
        #expect(questions.select("?", from: ["memory"]).isEmpty)
    }
}
