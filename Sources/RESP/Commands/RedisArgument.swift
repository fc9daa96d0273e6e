/// What can be an argument of a command: text, bytes, numbers.
public protocol RedisArgument: Sendable {
    /// Appends the argument as a bulk string.
    func appendBulkString(to output: inout [UInt8])
}

extension String: RedisArgument {
    public func appendBulkString(to output: inout [UInt8]) { RESPEncoder.appendBulkString(utf8, to: &output) }
}

extension Substring: RedisArgument {
    public func appendBulkString(to output: inout [UInt8]) { RESPEncoder.appendBulkString(utf8, to: &output) }
}

extension Array: RedisArgument where Element == UInt8 {
    public func appendBulkString(to output: inout [UInt8]) { RESPEncoder.appendBulkString(self, to: &output) }
}

extension ArraySlice: RedisArgument where Element == UInt8 {
    public func appendBulkString(to output: inout [UInt8]) { RESPEncoder.appendBulkString(self, to: &output) }
}

extension Int: RedisArgument {
    public func appendBulkString(to output: inout [UInt8]) { RESPEncoder.appendBulkString(Int64(self), to: &output) }
}

extension Int64: RedisArgument {
    public func appendBulkString(to output: inout [UInt8]) { RESPEncoder.appendBulkString(self, to: &output) }
}

extension Double: RedisArgument {
    public func appendBulkString(to output: inout [UInt8]) {
        // Redis knows infinities by these names; Swift writes "inf" and "-inf" itself. Whole numbers lose their ".0".
        if self == rounded(), magnitude < 1e15 { return Int64(self).appendBulkString(to: &output) }
        String(self).appendBulkString(to: &output)
    }
}
