/// Questions to the user of a terminal.
package struct Questions: Sendable {
    private let console: Console

    package init(on console: Console) { self.console = console }

    /// Asks until the answer is yes, no, or nothing, which is the default.
    package func confirm(_ question: String, default preset: Bool) -> Bool {
        while true {
            self.console.writeError("\(self.console.styled(question, .bold)) [\(preset ? "Y/n" : "y/N")] ")
            guard let answer = self.console.readLine() else { return preset }
            switch answer.lowercased().filter({ !$0.isWhitespace }) {
            case "": return preset
            case "y", "yes": return true
            case "n", "no": return false
            default: self.console.printError("Please answer y or n.")
            }
        }
    }

    /// Asks until the answer is one of the choices, by its name or its number, or nothing, which is the first.
    package func choose(_ question: String, _ choices: [(name: String, explanation: String)]) -> String {
        guard let first = choices.first else { return "" }
        self.console.printError(self.console.styled(question, .bold))
        for (index, choice) in choices.enumerated() {
            self.console.printError("  \(index + 1)  \(choice.name)  \(self.console.styled(choice.explanation, .dim))")
        }
        while true {
            self.console.writeError("[\(first.name)] ")
            guard let answer = self.console.readLine()?.filter({ !$0.isWhitespace }), !answer.isEmpty else { return first.name }
            if let choice = choices.first(where: { $0.name == answer.lowercased() }) { return choice.name }
            if let number = Int(answer), choices.indices.contains(number - 1) { return choices[number - 1].name }
            self.console.printError("Please answer \(choices.map(\.name).joined(separator: ", ")), or a number.")
        }
    }

    /// Asks for any of several names, separated by commas or spaces; an empty answer is none.
    package func select(_ question: String, from names: [String]) -> [String] {
        while true {
            self.console.writeError("\(self.console.styled(question, .bold)) [\(names.joined(separator: ", ")); none] ")
            guard let answer = self.console.readLine() else { return [] }
            let chosen = answer.lowercased().split { $0 == "," || $0.isWhitespace }.map(String.init).filter { $0 != "none" }
            if chosen.allSatisfy(names.contains) { return chosen }
            self.console.printError("Please name some of \(names.joined(separator: ", ")), or none.")
        }
    }
}
