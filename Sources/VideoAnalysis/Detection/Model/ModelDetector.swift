import Synchronization

/// Finds objects with a network from a model file, on several frames at once.
///
/// What it finds in a frame depends on that frame alone, so each thread has a copy of the network and takes the next
/// frame that waits; the answers are given in the frames' order, and are the same with any number of threads.
package struct ModelDetector: ObjectDetector {
    package let name = "model"
    /// Raised whenever the same model would find something else than before.
    private static let version = "model-2"
    package let fingerprint: String

    /// One for each thread, so that none waits while the answer of the oldest frame is used.
    package let framesAhead: Int

    private let model: ModelFile
    private let onnx: [UInt8]
    /// From the first frame on, whose size tells how the network is loaded.
    private var workers: Workers?
    private var asked: [Workers.Job] = []

    /// Reads the model, which is loaded with the first frame.
    ///
    /// - Throws: `badSetting` for a file that cannot be read.
    package init(model: ModelFile, threads: Int) throws(VideoAnalysisError) {
        fingerprint = Self.fingerprint(of: model)
        framesAhead = threads
        self.model = model
        onnx = try model.read()
    }

    /// Equal for models that find the same.
    package static func fingerprint(of model: ModelFile) -> String {
        "\(version) \(model.sha256) \(model.manifest?.fingerprint ?? "recognised")"
    }

    /// Loads the model as an analysis would.
    ///
    /// - Throws: `badSetting` for one that is no detector or cannot be used.
    package static func check(_ model: ModelFile) throws(VideoAnalysisError) {
        _ = try DetectionNetwork(onnx: try model.read(), manifest: model.manifest, inference: model.inference)
    }

    /// - Throws: `badSetting` with the first frame for a model that cannot be used.
    package mutating func expect(_ frame: DecodedFrame) throws(VideoAnalysisError) {
        let workers = if let workers { workers } else { try start(on: frame.image) }
        asked.append(workers.start(on: frame.image))
    }

    private mutating func start(on image: Image) throws(VideoAnalysisError) -> Workers {
        let network = try DetectionNetwork(
            onnx: onnx, manifest: model.manifest, imageSize: (image.width, image.height),
            inference: model.inference, copies: framesAhead)
        let workers = Workers(network, count: framesAhead)
        self.workers = workers
        return workers
    }

    package mutating func detect(
        in frame: DecodedFrame, predictions: [BoundingBox]
    ) throws(VideoAnalysisError) -> [Detection] {
        if asked.isEmpty { try expect(frame) }
        return try asked.removeFirst().answer()
    }
}

/// Threads that share a network with a copy for each, and the images that wait for one of them.
private final class Workers: Sendable {
    /// One image, and later what was found in it.
    final class Job: Sendable {
        let image: Image
        private let result = Mutex<Result<[Detection], VideoAnalysisError>?>(nil)
        private let queue = BoundedQueue<Void>(capacity: 1)

        init(_ image: Image) {
            self.image = image
        }

        func finish(_ result: Result<[Detection], VideoAnalysisError>) {
            self.result.withLock { $0 = result }
            queue.finish()
        }

        /// Waits for it.
        func answer() throws(VideoAnalysisError) -> [Detection] {
            _ = queue.pop()
            guard let result = result.withLock({ $0 }) else {
                throw VideoAnalysisError(.internalError, "The detector ended without an answer.")
            }
            return try result.get()
        }
    }

    private let jobs = BoundedQueue<Job>(capacity: .max)
    private let threads: [WorkerThread]

    init(_ network: DetectionNetwork, count: Int) {
        threads = (0..<count).map { [jobs] _ in
            WorkerThread(name: "network") {
                while case .element(let job) = jobs.pop() {
                    job.finish(Result { () throws(VideoAnalysisError) in try network.detect(in: job.image) })
                }
            }
        }
    }

    deinit {
        jobs.cancel()
        for thread in threads { thread.join() }
    }

    func start(on image: Image) -> Job {
        let job = Job(image)
        _ = jobs.push(job)
        return job
    }
}
