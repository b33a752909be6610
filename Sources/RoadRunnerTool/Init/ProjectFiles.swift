/// The files of a new project.
struct ProjectFiles: Sendable {
    /// The files' paths, from the project's folder, and their contents.
    let all: [(path: String, text: String)]

    init(_ choices: ProjectChoices) {
        var files: [(path: String, text: String)] = [
            ("Package.swift", PackageTemplate.manifest(choices)),
            ("Sources/App/App.swift", KernelTemplate.kernel(choices)),
            ("Tests/AppTests/AppTests.swift", TestTemplate.tests(choices)),
            (".rr.yaml", RoadRunnerTemplate.production(choices)),
            (".rr.dev.yaml", RoadRunnerTemplate.development(choices)),
            (".env", EnvironmentTemplate.file(choices, isExample: false)),
            (".env.example", EnvironmentTemplate.file(choices, isExample: true)),
            (".gitignore", PackageTemplate.gitIgnore),
            ("README.md", ReadmeTemplate.text(choices)),
            ("Dockerfile", ContainerTemplate.dockerfile(choices)),
            (".dockerignore", ContainerTemplate.dockerIgnore),
            ("compose.yaml", ContainerTemplate.compose(choices)),
        ]
        if choices.servesHTTP { files.append(("Sources/App/Pages.swift", PagesTemplate.pages(choices))) }
        if choices.usesCentrifugo {
            files.append(("Sources/App/Chat.swift", ChatTemplate.chat))
            files.append(("centrifugo.json", CentrifugoTemplate.configuration))
        }
        // RoadRunner does not create the folder of a storage's file.
        if choices.keepsFiles { files.append(("var/.gitignore", "*\n!.gitignore\n")) }
        self.all = files
    }

    /// Writes the files into a folder.
    ///
    /// - Throws: when one of them exists; nothing is written then.
    func write(to folder: String) throws(ToolError) {
        if let file = self.all.first(where: { Paths.exists("\(folder)/\($0.path)") }) {
            throw ToolError(
                .folderNotEmpty, "\(folder)/\(file.path) exists; nothing was written",
                remedy: "choose another name, or start in an empty folder")
        }
        for file in self.all {
            let path = "\(folder)/\(file.path)"
            try Paths.makeFolder(Paths.folder(of: path))
            try Paths.write(file.text, to: path)
        }
    }
}
