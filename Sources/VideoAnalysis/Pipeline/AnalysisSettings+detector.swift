extension AnalysisSettings {
    /// A detector for one video. To be called on the thread that uses it.
    func makeDetector() throws(VideoAnalysisError) -> any ObjectDetector {
        switch detector {
        case .hog: try HOGDetector(threads: threads)
        }
    }
}
