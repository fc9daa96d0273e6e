/// What holds a secret: neither `"\(value)"` nor `dump` shows more of it than its description.
package protocol SecretHolder: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension SecretHolder {
    package var debugDescription: String { description }
    package var customMirror: Mirror {
        Mirror(self, children: ["description": description], ancestorRepresentation: .suppressed)
    }
}
