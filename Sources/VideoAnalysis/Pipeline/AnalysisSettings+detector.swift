extension AnalysisSettings {
    /// A detector for one video. To be called on the thread that uses it.
    func makeDetector() throws(VideoAnalysisError) -> any ObjectDetector {
        switch detector {
        case .hog: try HOGDetector(threads: threads)
        case .model(let model): try ModelDetector(model: model, threads: threads)
        }
    }

    /// Detectors rate what they find on scales of their own, and the tracker's thresholds go with them.
    var trackerSettings: TrackerSettings {
        switch detector {
        case .hog: TrackerSettings()
        case .model: ModelDetector.trackerSettings
        }
    }

    var joinerSettings: TrackletJoinerSettings {
        switch detector {
        case .hog: TrackletJoinerSettings()
        case .model: ModelDetector.joinerSettings
        }
    }
}
