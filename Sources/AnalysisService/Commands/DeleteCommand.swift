import ArgumentParser

/// `analysis-service delete VIDEO_ID`: a video out of the database.
struct DeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a video with its analyses, rows and vectors.",
        discussion: """
            Works on the database of DB_SECRET_ARN or DATABASE_URL; no service is needed. The object stays in its \
            bucket: remove it first, else its next event, or reconcile, has it analysed again.
            """)

    @Argument(help: "The video's id, such as test-001.") var videoID: String
    @Flag(help: "Do not ask.") var yes = false

    func run() async throws {
        try await DatabaseCommand.run { store, _ in
            guard let video = try await store.video(id: videoID) else { throw missing() }
            if !yes {
                print("Delete video \(videoID) of s3://\(video.bucket)/\(video.key)? Its id confirms: ", terminator: "")
                guard readLine() == videoID else {
                    Startup.say("not confirmed; nothing was changed")
                    throw ExitCode.failure
                }
            }
            guard try await store.delete(videoID: videoID) else { throw missing() }
            print("Video \(videoID) was deleted.")
        }
    }

    private func missing() -> ExitCode {
        Startup.say("there is no video \(videoID)")
        return .failure
    }
}
