extension ModelDetector {
    /// Networks are less sure of people who are small, blurred or half hidden than ``HOGDetector``'s scale is.
    static var trackerSettings: TrackerSettings {
        var settings = TrackerSettings()
        settings.highConfidence = 0.5
        return settings
    }

    static var joinerSettings: TrackletJoinerSettings {
        var settings = TrackletJoinerSettings()
        settings.minimumConfidence = 0.7
        return settings
    }
}
