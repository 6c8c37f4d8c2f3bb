/*
 * Preloaded into every process of a mesh under test. It does three things:
 *
 *   faults   makes calls on files fail, come short, wait or lie, as the rules in a shared control file say
 *   journal  records what was changed and not yet synced, so that a test can take it back: the power failed
 *   carry    keeps itself (and what FAKETIME and NODE_OPTIONS say) in the environment of children that get an empty one
 *
 * The control file and the journal are written by `shim.ts` and read by `power-loss.ts`; the layouts here are theirs too.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum op { OP_WRITE = 1, OP_SYNC = 2, OP_RENAME = 4, OP_OPEN = 8, OP_SIZE = 16, OP_MAKE = 32, OP_REMOVE = 64 };
/* fail: not done, error. short: half of it. after: done, and yet an error. lie: not done, success. delay: done, later. */
enum mode { FAIL = 0, SHORT = 1, AFTER = 2, LIE = 3, DELAY = 4 };
#define FOREVER 0xffffffffu

struct rule {
  uint32_t on, ops, mode, err, chance, skip, left, hits, delay_ms, unused;
  char path[216];
};
#define RULES 8
struct control {
  uint32_t armed, seed, made;
  char journal[244];
  struct rule rules[RULES];
};

static struct control idle, *control = &idle;
static char control_path[PATH_MAX];
static int journal = -1;

#define MAX_ENVIRONMENT 1024
static char *carried[32];
static int carried_count;
extern char **environ;

static int carries(const char *entry) {
  static const char *const names[] = {"LD_PRELOAD=", "SELVAGE_FAULTS_", "FAKETIME", "DONT_FAKE_MONOTONIC=", "NODE_OPTIONS="};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    if (strncmp(entry, names[i], strlen(names[i])) == 0) return 1;
  return 0;
}

__attribute__((constructor)) static void start(void) {
  for (char **at = environ; at && *at && carried_count < 32; at++)
    if (carries(*at)) carried[carried_count++] = strdup(*at);
  const char *path = getenv("SELVAGE_FAULTS_CONTROL");
  if (!path || strlen(path) > PATH_MAX - 64) return;
  strcpy(control_path, path);
  int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  if (mapped == MAP_FAILED) return;
  control = mapped;
  char name[PATH_MAX];
  strcpy(name, path);
  strcat(name, ".journal");
  journal = syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* ---- rules ---- */

static uint32_t roll(void) {
  uint64_t x = __atomic_add_fetch(&control->seed, 0x9e3779b9u, __ATOMIC_RELAXED);
  x = (x ^ (x >> 16)) * 0x85ebca6bu & 0xffffffffu;
  x = (x ^ (x >> 13)) * 0xc2b2ae35u & 0xffffffffu;
  return (uint32_t)(x ^ (x >> 16));
}

static int take(uint32_t *count) {
  uint32_t now = __atomic_load_n(count, __ATOMIC_RELAXED);
  while (now != 0)
    if (now == FOREVER || __atomic_compare_exchange_n(count, &now, now - 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) return 1;
  return 0;
}

static struct rule *find_rule(enum op op, const char *path) {
  for (int i = 0; i < RULES; i++) {
    struct rule *rule = &control->rules[i];
    if (!rule->on || !(rule->ops & op) || !strstr(path, rule->path)) continue;
    if (rule->skip != 0 && take(&rule->skip)) continue;
    if (rule->chance != FOREVER && roll() > rule->chance) continue;
    if (!take(&rule->left)) continue;
    __atomic_add_fetch(&rule->hits, 1, __ATOMIC_RELAXED);
    return rule;
  }
  return NULL;
}

static int path_of(int fd, char *path) {
  char link[40] = "/proc/self/fd/", digits[12];
  int n = 0;
  unsigned rest = (unsigned)fd;
  do digits[n++] = '0' + rest % 10; while (rest /= 10);
  char *end = link + strlen(link);
  while (n) *end++ = digits[--n];
  *end = 0;
  ssize_t length = syscall(SYS_readlink, link, path, PATH_MAX - 1);
  if (length <= 0 || path[0] != '/') return 0;
  path[length] = 0;
  return 1;
}

static void absolute(const char *path, char *whole) {
  *whole = 0;
  if (path[0] != '/' && syscall(SYS_getcwd, whole, PATH_MAX) > 0) strcat(whole, "/");
  strncat(whole, path, PATH_MAX - strlen(whole) - 1);
}

static void wait_ms(uint32_t ms) {
  struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};
  while (syscall(SYS_nanosleep, &left, &left) != 0 && errno == EINTR) {}
}

/* ---- journal ---- */

/* W bytes that were there before, C made, R moved (over what was kept), U removed (and kept), M folder made,
   S file synced, D folder synced, F a sync that failed: what it should have written is clean and lost. */
struct record {
  uint32_t type, path, other, old;
  uint64_t inode, offset, length, size;
};

static int is_recorded(const char *path) { return journal >= 0 && control->journal[0] && strstr(path, control->journal) != NULL; }

static void record(char type, const char *path, const char *other, struct record r, const void *old) {
  r.type = type;
  r.path = strlen(path);
  r.other = strlen(other);
  struct iovec parts[] = {{&r, sizeof r}, {(void *)path, r.path}, {(void *)other, r.other}, {(void *)old, r.old}};
  int kept = errno;
  syscall(SYS_writev, journal, parts, 4);
  errno = kept;
}

/* A file is about to change from `offset` on, `length` bytes. */
static void record_change(int fd, const char *path, uint64_t offset, uint64_t length) {
  struct stat now;
  if (fstat(fd, &now) != 0 || !S_ISREG(now.st_mode)) return;
  struct record r = {.inode = now.st_ino, .offset = offset, .length = length, .size = now.st_size};
  uint64_t end = offset + length < (uint64_t)now.st_size ? offset + length : (uint64_t)now.st_size;
  void *old = NULL;
  if (end > offset) {
    int reading = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    old = mmap(NULL, end - offset, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ssize_t got = reading >= 0 && old != MAP_FAILED ? syscall(SYS_pread64, reading, old, end - offset, offset) : 0;
    if (reading >= 0) syscall(SYS_close, reading);
    r.old = got > 0 ? (uint32_t)got : 0;
  }
  record('W', path, "", r, old ? old : "");
  if (old && old != MAP_FAILED) munmap(old, end - offset);
}

/* Another name for a file that is about to lose this one, beside the control file. */
static void keep(const char *path, char *kept) {
  *kept = 0;
  struct stat there;
  if (stat(path, &there) != 0 || !S_ISREG(there.st_mode)) return;
  strcpy(kept, control_path);
  strcat(kept, ".kept-");
  char *end = kept + strlen(kept);
  uint32_t number = __atomic_add_fetch(&control->made, 1, __ATOMIC_RELAXED);
  for (int shift = 28; shift >= 0; shift -= 4) *end++ = "0123456789abcdef"[(number >> shift) & 15];
  *end = 0;
  if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, kept, 0) != 0) *kept = 0;
}

/* ---- calls on descriptors ---- */

static ssize_t emit(int fd, const struct iovec *parts, int count, off_t offset) {
  return offset < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, offset, 0);
}

static ssize_t written(int fd, const struct iovec *parts, int count, off_t offset) {
  char path[PATH_MAX];
  if (!control->armed || !path_of(fd, path)) return emit(fd, parts, count, offset);
  size_t length = 0;
  for (int i = 0; i < count; i++) length += parts[i].iov_len;
  struct rule *rule = find_rule(OP_WRITE, path);
  if (rule && rule->mode == FAIL) return errno = rule->err, -1;
  if (rule && rule->mode == LIE) return length;
  if (rule && rule->mode == DELAY) wait_ms(rule->delay_ms);
  if (is_recorded(path)) {
    off_t at = offset < 0 ? syscall(SYS_lseek, fd, 0, SEEK_CUR) : offset;
    int flags = syscall(SYS_fcntl, fd, F_GETFL);
    struct stat now;
    if (flags >= 0 && (flags & O_APPEND) && fstat(fd, &now) == 0) at = now.st_size;
    record_change(fd, path, at, length);
  }
  if (rule && rule->mode == SHORT && length > 1) {
    struct iovec half = {parts[0].iov_base, parts[0].iov_len > 1 ? parts[0].iov_len / 2 : parts[0].iov_len};
    return emit(fd, &half, 1, offset);
  }
  ssize_t done = emit(fd, parts, count, offset);
  return rule && rule->mode == AFTER ? (errno = rule->err, -1) : done;
}

ssize_t write(int fd, const void *bytes, size_t n) {
  if (!control->armed) return syscall(SYS_write, fd, bytes, n);
  struct iovec part = {(void *)bytes, n};
  return written(fd, &part, 1, -1);
}
ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
  struct iovec part = {(void *)bytes, n};
  return written(fd, &part, 1, at);
}
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) { return pwrite64(fd, bytes, n, at); }
ssize_t writev(int fd, const struct iovec *parts, int count) { return written(fd, parts, count, -1); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { return written(fd, parts, count, at); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return written(fd, parts, count, at); }

static int synced(int fd, long call) {
  char path[PATH_MAX];
  if (!control->armed || !path_of(fd, path)) return syscall(call, fd);
  struct rule *rule = find_rule(OP_SYNC, path);
  struct stat there;
  int recorded = is_recorded(path) && fstat(fd, &there) == 0;
  struct record r = {.inode = recorded ? there.st_ino : 0};
  if (rule && rule->mode == FAIL) {
    if (recorded) record('F', path, "", r, "");
    return errno = rule->err, -1;
  }
  if (rule && rule->mode == LIE) return 0;
  if (rule && rule->mode == DELAY) wait_ms(rule->delay_ms);
  int done = syscall(call, fd);
  if (done == 0 && recorded) record(S_ISDIR(there.st_mode) ? 'D' : 'S', path, "", r, "");
  return rule && rule->mode == AFTER ? (errno = rule->err, -1) : done;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int resized(int fd, int allocates, int how, off_t at, off_t length) {
  char path[PATH_MAX];
  if (control->armed && path_of(fd, path)) {
    struct rule *rule = find_rule(OP_SIZE, path);
    if (rule && rule->mode == FAIL) return errno = rule->err, -1;
    if (is_recorded(path)) record_change(fd, path, allocates ? at + length : length, allocates ? 0 : (uint64_t)1 << 40);
  }
  return allocates ? syscall(SYS_fallocate, fd, how, at, length) : syscall(SYS_ftruncate, fd, length);
}
int ftruncate64(int fd, off64_t length) { return resized(fd, 0, 0, 0, length); }
int ftruncate(int fd, off_t length) { return resized(fd, 0, 0, 0, length); }
int fallocate64(int fd, int how, off64_t at, off64_t length) { return resized(fd, 1, how, at, length); }
int fallocate(int fd, int how, off_t at, off_t length) { return resized(fd, 1, how, at, length); }
int posix_fallocate64(int fd, off64_t at, off64_t length) { return resized(fd, 1, 0, at, length) == 0 ? 0 : errno; }
int posix_fallocate(int fd, off_t at, off_t length) { return posix_fallocate64(fd, at, length); }

/* ---- calls on names ---- */

static int opened(int folder, const char *path, int flags, mode_t mode) {
  char whole[PATH_MAX];
  int writes = (flags & (O_CREAT | O_WRONLY | O_RDWR | O_TRUNC)) != 0;
  if (!control->armed || (folder != AT_FDCWD && path[0] != '/')) return syscall(SYS_openat, folder, path, flags, mode);
  absolute(path, whole);
  if (writes) {
    struct rule *rule = find_rule(OP_OPEN, whole);
    if (rule && rule->mode == FAIL) return errno = rule->err, -1;
    if (rule && rule->mode == DELAY) wait_ms(rule->delay_ms);
  }
  int made = (flags & O_CREAT) && is_recorded(whole) && syscall(SYS_faccessat, AT_FDCWD, whole, F_OK) != 0;
  int fd = syscall(SYS_openat, folder, path, flags, mode);
  if (fd >= 0 && made) record('C', whole, "", (struct record){0}, "");
  return fd;
}
#define MODE(flags, mode)                                                                                              \
  mode_t mode = 0;                                                                                                     \
  if (flags & (O_CREAT | O_TMPFILE)) {                                                                                 \
    va_list rest;                                                                                                      \
    va_start(rest, flags);                                                                                             \
    mode = va_arg(rest, mode_t);                                                                                       \
    va_end(rest);                                                                                                      \
  }
int open(const char *path, int flags, ...) {
  MODE(flags, mode)
  return opened(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE(flags, mode)
  return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}
int openat(int folder, const char *path, int flags, ...) {
  MODE(flags, mode)
  return opened(folder, path, flags, mode);
}
int openat64(int folder, const char *path, int flags, ...) {
  MODE(flags, mode)
  return opened(folder, path, flags | O_LARGEFILE, mode);
}

int rename(const char *from, const char *to) {
  char source[PATH_MAX], target[PATH_MAX], kept[PATH_MAX] = "";
  if (!control->armed) return syscall(SYS_rename, from, to);
  absolute(from, source);
  absolute(to, target);
  struct rule *rule = find_rule(OP_RENAME, target);
  if (rule && rule->mode == FAIL) return errno = rule->err, -1;
  if (rule && rule->mode == LIE) return 0;
  int recorded = is_recorded(target);
  if (recorded) keep(target, kept);
  int done = syscall(SYS_rename, from, to);
  /* The name that it was moved over stands in front of the new one: `kept NUL target`. */
  if (done == 0 && recorded) {
    char both[2 * PATH_MAX];
    strcpy(both, kept);
    strcat(both, "|");
    strcat(both, target);
    record('R', source, both, (struct record){0}, "");
  }
  return rule && rule->mode == AFTER ? (errno = rule->err, -1) : done;
}

int unlink(const char *path) {
  char whole[PATH_MAX], kept[PATH_MAX] = "";
  if (!control->armed) return syscall(SYS_unlink, path);
  absolute(path, whole);
  struct rule *rule = find_rule(OP_REMOVE, whole);
  if (rule && rule->mode == FAIL) return errno = rule->err, -1;
  int recorded = is_recorded(whole);
  if (recorded) keep(whole, kept);
  int done = syscall(SYS_unlink, path);
  if (done == 0 && recorded) record('U', whole, kept, (struct record){0}, "");
  return done;
}

static int made(const char *path, enum op op, int done_by(const char *, const char *, mode_t), const char *from, mode_t mode, char type) {
  char whole[PATH_MAX];
  if (!control->armed) return done_by(from, path, mode);
  absolute(path, whole);
  struct rule *rule = find_rule(op, whole);
  if (rule && rule->mode == FAIL) return errno = rule->err, -1;
  int done = done_by(from, path, mode);
  if (done == 0 && is_recorded(whole)) record(type, whole, "", (struct record){0}, "");
  return done;
}
static int make_folder(const char *from, const char *path, mode_t mode) {
  (void)from;
  return syscall(SYS_mkdir, path, mode);
}
static int make_link(const char *from, const char *path, mode_t mode) {
  (void)mode;
  return syscall(SYS_link, from, path);
}
int mkdir(const char *path, mode_t mode) { return made(path, OP_MAKE, make_folder, NULL, mode, 'M'); }
int link(const char *from, const char *to) { return made(to, OP_MAKE, make_link, from, 0, 'C'); }

/* ---- carry ---- */

/* After a fork: nothing here allocates. */
static char **with_carried(char *const given[]) {
  static char *merged[MAX_ENVIRONMENT];
  int n = 0;
  for (int i = 0; i < carried_count; i++) merged[n++] = carried[i];
  for (char *const *at = given; at && *at && n < MAX_ENVIRONMENT - 1; at++)
    if (!carries(*at)) merged[n++] = *at;
  merged[n] = NULL;
  return merged;
}
int execvp(const char *file, char *const args[]) {
  environ = with_carried(environ);
  return execvpe(file, args, environ);
}
int execve(const char *path, char *const args[], char *const env[]) { return syscall(SYS_execve, path, args, with_carried(env)); }
