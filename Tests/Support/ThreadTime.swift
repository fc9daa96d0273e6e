import Foundation

/// The processor time that this thread has used: unlike the clock on the wall, it doesn't go on while others run.
public func threadTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
