/// Colours that stay apart from one another, the same for the same number.
package enum Palette {
    /// Hues a golden angle apart, so that neighbours in number differ most.
    package static func color(_ number: Int) -> Color {
        let hue = (Double(number) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1) * 6
        let sector = Int(hue)
        let rising = hue - Double(sector)
        let (low, high) = (40.0, 240.0)
        let up = low + (high - low) * rising
        let down = high - (high - low) * rising
        let (red, green, blue): (Double, Double, Double) =
            switch sector {
            case 0: (high, up, low)
            case 1: (down, high, low)
            case 2: (low, high, up)
            case 3: (low, down, high)
            case 4: (up, low, high)
            default: (high, low, down)
            }
        return Color(red: UInt8(red), green: UInt8(green), blue: UInt8(blue))
    }

    /// Black or white, whichever can be read on `color`.
    static func textColor(on color: Color) -> Color {
        let light = 0.299 * Double(color.red) + 0.587 * Double(color.green) + 0.114 * Double(color.blue)
        return light > 140 ? .black : .white
    }
}
