// Whoever imports RESP needs the loops, addresses and errors of Transport with it: they stand in this module's own
// declarations. With this line one import is enough.
@_exported public import Transport
