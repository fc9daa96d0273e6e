/// What one HTTP head may cost, and what its body.
public struct HTTPLimits: Sendable, Hashable {
    /// The longest line, the request line or one field, in bytes without its CRLF.
    public var line: Int
    /// The longest head in bytes, all its lines with their CRLFs.
    public var head: Int
    /// The most fields.
    public var fields: Int
    /// The longest body, in bytes of what it carries.
    public var body: Int

    public init(line: Int = 8_192, head: Int = 16_384, fields: Int = 100, body: Int = 65_536) {
        self.line = line
        self.head = head
        self.fields = fields
        self.body = body
    }
}
