// Linked into every executable of a sanitized build (scripts/test --sanitize): its options hold wherever the executable
// is started from, also by a parent that hands no environment on. REPORTS is a path: each process that has something to
// report writes a file that begins with it.
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// Leaks are not looked for: the Swift runtime, Swift Testing and json-c keep what they allocate once until the end.
const char *__asan_default_options(void) { return "detect_leaks=0:log_path='" REPORTS "'"; }

const char *__tsan_default_options(void) { return "log_path='" REPORTS "'"; }

// The sanitizers reserve terabytes of address space, so a limit of it would end a child before its first line.
int setrlimit(__rlimit_resource_t resource, const struct rlimit *limits) {
    if (resource == RLIMIT_AS) { return 0; }
    return (int)syscall(SYS_prlimit64, 0, resource, limits, NULL);
}
