import Testing

/// Tests with real servers, one at a time: their time limits are the service's own, and must not be used up by waiting
/// for a core.
@Suite("Live", .serialized)
enum LiveTests {}
