import ArgumentParser

/// `analysis-service`: serves the API, and does the same work on the command line.
@main
struct AnalysisServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analysis-service",
        abstract: "Videos become rows: objects and their tracks, depth, display data and embeddings.",
        version: "0.1.0",
        subcommands: [
            ServeCommand.self, AnalyzeCommand.self, TrackCommand.self, MigrateCommand.self, StatusCommand.self,
            SearchCommand.self, ReportCommand.self, DeleteCommand.self, HealthCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)
}
