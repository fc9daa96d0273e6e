/* What every measurement has: a time, the CPU it took, and the line of JSON that says so. */
#ifndef METER_H
#define METER_H

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

struct meter {
    double seconds, user, system;
};

static inline struct meter meter_now(void) {
    struct timespec now;
    struct rusage usage;
    clock_gettime(CLOCK_MONOTONIC, &now);
    getrusage(RUSAGE_SELF, &usage);
    return (struct meter){
        now.tv_sec + now.tv_nsec / 1e9,
        usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6,
        usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6,
    };
}

/* Repeats `round`, which says how much it did, for a third of the time to warm up and then for all of it, measured. */
static inline void meter_run(double seconds, long (*round)(void *), void *context, double bytes_each) {
    double warm = meter_now().seconds + seconds / 3;
    while (meter_now().seconds < warm) round(context);
    struct meter before = meter_now();
    long count = 0;
    struct timespec now;
    do {
        count += round(context);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec + now.tv_nsec / 1e9 < before.seconds + seconds);
    struct meter after = meter_now();
    printf("{\"count\": %ld, \"seconds\": %f, \"user\": %f, \"system\": %f, \"bytes\": %.0f}\n", count,
           after.seconds - before.seconds, after.user - before.user, after.system - before.system, count * bytes_each);
}

#endif
