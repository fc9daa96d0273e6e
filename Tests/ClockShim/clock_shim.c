/* A clock for redis-server that can be set while it runs: loaded by LD_PRELOAD, it answers gettimeofday with the time of
   the machine and the whole seconds that stand in the file named by CHAT_CLOCK_OFFSET. Monotonic clocks are left alone.
   A tool of the tests (`ChatServer verify --clock-shim`); no part of what is shipped. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset(void) {
  const char *path = getenv("CHAT_CLOCK_OFFSET");
  char text[32] = {0};
  if (path == NULL) return 0;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  return count > 0 ? atol(text) : 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  struct timespec now;
  (void)zone;
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec + offset();
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}
