import AnalysisAPI

/// Asks analysis-service what became of the videos that messages ask for.
struct FailureReasons: Sendable {
    struct Reason: Sendable, Hashable {
        let text: String
        /// A sentence on what to do; nil where there is none.
        let advice: String?

        init(_ text: String, advice: String? = nil) {
            self.text = text
            self.advice = advice
        }
    }

    let service: AnalysisClient
    /// Nil when it is not known which bucket is read.
    let bucket: String?

    /// What the newest analysis of each object says, or why there is nothing to say.
    func reasons(for requests: [AnalyzeRequest]) async -> [AnalyzeRequest: Reason] {
        var reasons: [AnalyzeRequest: Reason] = [:]
        for (bucket, requests) in Dictionary(grouping: Set(requests), by: \.bucket) {
            if let expected = self.bucket, bucket != expected {
                let code = ProblemCode.bucketNotAllowed
                let reason = Reason("\(code.rawValue): S3_BUCKET_RAW is \(expected)", advice: code.advice)
                for request in requests { reasons[request] = reason }
                continue
            }
            let size = InventoryRequest.maximumObjectsWithoutSize
            for begin in stride(from: 0, to: requests.count, by: size) {
                let part = requests[begin..<min(begin + size, requests.count)]
                for (request, reason) in zip(part, await ask(bucket, part)) { reasons[request] = reason }
            }
        }
        return reasons
    }

    /// - Returns: as many as there are requests.
    private func ask(_ bucket: String, _ requests: ArraySlice<AnalyzeRequest>) async -> [Reason] {
        let objects = requests.map {
            InventoryRequest.Object(key: $0.key, etag: $0.etag, size: nil, videoID: $0.videoID)
        }
        do {
            let answer = try await service.inventory(InventoryRequest(bucket: bucket, objects: objects))
            return answer.entries.map(Self.reason)
        } catch {
            return requests.map { _ in Reason("unknown: \(error)") }
        }
    }

    private static func reason(_ entry: InventoryResponse.Entry) -> Reason {
        if let problem = entry.problem { return Reason("\(problem)", advice: problem.code.advice) }
        return switch entry.state {
        case .completed: Reason("the object is analysed by now", advice: "Discard the message.")
        case .processing: Reason("an analysis of the object runs", advice: "Ask again when it has ended.")
        case .expired: Reason("the process of the object's analysis is gone", advice: "Replay the message.")
        case .pending: Reason("the object's analysis was given back and waits", advice: "Replay the message.")
        case .missing: Reason("the service knows no analysis of the object", advice: "Replay the message.")
        case .failed, .refused: Reason("unknown: the object is \(entry.state.rawValue)")
        }
    }
}
