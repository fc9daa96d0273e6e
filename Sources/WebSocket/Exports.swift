// Whoever imports WebSocket needs the requests, answers and limits of HTTP and the loops, addresses and errors of
// Transport with it: they stand in this module's own declarations. With these two lines one import is enough.
@_exported public import HTTP
@_exported public import Transport
