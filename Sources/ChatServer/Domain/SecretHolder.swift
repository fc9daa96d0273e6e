/// What holds a secret: neither `"\(value)"` nor `dump` shows more of it than its description.
protocol SecretHolder: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension SecretHolder {
    var debugDescription: String { description }
    var customMirror: Mirror {
        Mirror(self, children: ["description": description], ancestorRepresentation: .suppressed)
    }
}
