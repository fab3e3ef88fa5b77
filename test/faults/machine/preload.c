// Given to every process of a run: wrong clocks, and an address of its own for each part, so that one client can be parted from a server.
// FOLDER has a file for each part, named as the part is, and one "machine" for all other processes. Times of files stay the kernel's.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct control {
  volatile int64_t ahead_ms;
  /** last byte of 127.0.1.0 for outgoing connections; 0: the system's choice */
  volatile uint32_t address;
};

static const struct control *control;
static int (*next_clock_gettime)(clockid_t, struct timespec *);
static int (*next_connect)(int, const struct sockaddr *, socklen_t);

static const struct control *map(const char *name) {
  char path[512];
  if (snprintf(path, sizeof path, "%s/%s", FOLDER, name) >= (int)sizeof path) return NULL;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return NULL;
  void *mapped = mmap(NULL, sizeof(struct control), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return mapped == MAP_FAILED ? NULL : mapped;
}

__attribute__((constructor)) static void begin(void) {
  next_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  next_connect = dlsym(RTLD_NEXT, "connect");
  const char *mark = getenv(MARK);
  const char *part = mark == NULL ? NULL : strrchr(mark, '#');
  if (part != NULL) control = map(part + 1);
  if (control == NULL) control = map("machine");
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int code = next_clock_gettime != NULL ? next_clock_gettime(clock, time) : (int)syscall(SYS_clock_gettime, clock, time);
  if (code != 0 || control == NULL || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return code;
  int64_t ahead = control->ahead_ms;
  time->tv_sec += ahead / 1000;
  time->tv_nsec += ahead % 1000 * 1000000;
  if (time->tv_nsec >= 1000000000) {
    time->tv_sec += 1;
    time->tv_nsec -= 1000000000;
  } else if (time->tv_nsec < 0) {
    time->tv_sec -= 1;
    time->tv_nsec += 1000000000;
  }
  return code;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  struct timespec time;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &time) != 0) return -1;
  at->tv_sec = time.tv_sec;
  at->tv_usec = time.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  if (at != NULL) *at = now.tv_sec;
  return now.tv_sec;
}

static int is_loopback(uint32_t address) { return ntohl(address) >> 24 == 127; }

/** Binds a socket that leads to this machine and is not bound yet. A failure changes nothing: it connects as it would have. */
static void choose_address(int socket, const struct sockaddr *to, uint32_t last) {
  uint32_t own = htonl(0x7f000100u | (last & 0xff));
  int yes = 1, type = 0;
  socklen_t length = sizeof type;
  if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_STREAM) return;
  struct sockaddr_storage bound;
  length = sizeof bound;
  if (getsockname(socket, (struct sockaddr *)&bound, &length) != 0) return;
  if (to->sa_family == AF_INET) {
    const struct sockaddr_in *there = (const struct sockaddr_in *)to;
    if (!is_loopback(there->sin_addr.s_addr) || ((struct sockaddr_in *)&bound)->sin_port != 0) return;
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = own};
    setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    bind(socket, (struct sockaddr *)&from, sizeof from);
  } else if (to->sa_family == AF_INET6) {
    const struct sockaddr_in6 *there = (const struct sockaddr_in6 *)to;
    if (!IN6_IS_ADDR_V4MAPPED(&there->sin6_addr) || ((struct sockaddr_in6 *)&bound)->sin6_port != 0) return;
    struct sockaddr_in6 from = {.sin6_family = AF_INET6, .sin6_addr = there->sin6_addr};
    uint32_t address;
    memcpy(&address, &there->sin6_addr.s6_addr[12], 4);
    if (!is_loopback(address)) return;
    memcpy(&from.sin6_addr.s6_addr[12], &own, 4);
    setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    bind(socket, (struct sockaddr *)&from, sizeof from);
  }
}

int connect(int socket, const struct sockaddr *to, socklen_t length) {
  int before = errno;
  if (control != NULL && control->address != 0) choose_address(socket, to, control->address);
  errno = before;
  return next_connect != NULL ? next_connect(socket, to, length) : (int)syscall(SYS_connect, socket, to, length);
}
