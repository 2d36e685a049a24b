extension [Detection] {
    /// Of the whole person: windows over several people are seldom so sure.
    private static let leastConfidence: Float = 0.8
    /// Of its height: what is taller is compared by the overlap of boxes.
    private static let largestHeight: Float = 0.65
    /// Of its area, inside of the whole person.
    private static let leastInside: Float = 0.75

    /// People without those who are only a part of a larger one, as a leg that the classifier takes for a person: it moves,
    /// and all of it is in front of the background. A person in the distance, of whom one who is near hides all but a
    /// little, goes too: of him there would be little to see.
    func withoutParts() -> [Detection] {
        filter { part in
            !contains { whole in
                whole.confidence >= Self.leastConfidence && part.box.height < Self.largestHeight * whole.box.height
                    && part.box.intersection(with: whole.box).area > Self.leastInside * part.box.area
            }
        }
    }
}
