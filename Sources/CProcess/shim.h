#ifndef FRAMELAKE_CPROCESS_SHIM_H
#define FRAMELAKE_CPROCESS_SHIM_H

// fork, prctl and pipe2 cannot be called from Swift, and posix_spawn cannot set limits.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
// Declared by the system's headers only for _GNU_SOURCE, which Swift does not set.
int pipe2(int descriptors[2], int flags);
int close_range(unsigned int first, unsigned int last, int flags);
#endif

#pragma clang assume_nonnull begin

/// What a child process is and may do. A limit below 0 is none.
typedef struct framelake_child {
    const char *executable;
    char *_Nullable const *_Nonnull arguments;
    char *_Nullable const *_Nonnull environment;
    const char *_Nullable working_folder;
    int standard_input;
    int standard_output;
    int standard_error;
    int64_t address_space_limit;
    int64_t file_size_limit;
} framelake_child;

/// A pipe that no child inherits unless it is told to. Returns 0 or errno.
static inline int framelake_pipe(int *read_end, int *write_end) {
    int ends[2];
#ifdef __linux__
    if (pipe2(ends, O_CLOEXEC) != 0) { return errno; }
#else
    if (pipe(ends) != 0) { return errno; }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
#endif
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

/// fcntl is variadic, which Swift cannot call.
static inline void framelake_set_nonblocking(int descriptor) {
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

static inline bool framelake_limit(int resource, int64_t limit) {
    if (limit < 0) { return true; }
    struct rlimit current;
    if (getrlimit(resource, &current) != 0) { return false; }
    rlim_t value = (rlim_t)limit;
    if (current.rlim_max != RLIM_INFINITY && current.rlim_max < value) { value = current.rlim_max; }
    struct rlimit wanted = {value, value};
    return setrlimit(resource, &wanted) == 0;
}

/// Marks every descriptor above standard error, so that exec closes it.
static inline void framelake_close_on_exec(void) {
#ifdef __linux__
    const int close_range_cloexec = 4;
    if (close_range(3, ~0U, close_range_cloexec) == 0) { return; }
#endif
    struct rlimit open_files;
    int last = 65536;
    if (getrlimit(RLIMIT_NOFILE, &open_files) == 0 && open_files.rlim_cur < 65536) { last = (int)open_files.rlim_cur; }
    for (int descriptor = 3; descriptor < last; descriptor++) { fcntl(descriptor, F_SETFD, FD_CLOEXEC); }
}

/// The child's side of the fork, up to exec: only calls that are safe after a fork of a process with threads.
static inline _Noreturn void framelake_become(const framelake_child *child, pid_t parent, int failure) {
    // The descriptors may be 0 to 2 themselves where the parent has none of its own there.
    int status = fcntl(failure, F_DUPFD_CLOEXEC, 3);
    int input = fcntl(child->standard_input, F_DUPFD_CLOEXEC, 3);
    int output = fcntl(child->standard_output, F_DUPFD_CLOEXEC, 3);
    int error = fcntl(child->standard_error, F_DUPFD_CLOEXEC, 3);
    bool ready = status >= 0 && input >= 0 && output >= 0 && error >= 0;
    ready = ready && setpgid(0, 0) == 0;
#ifdef __linux__
    ready = ready && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
    if (getppid() != parent) { _exit(127); }
#endif
    ready = ready && dup2(input, 0) == 0 && dup2(output, 1) == 1 && dup2(error, 2) == 2;
    framelake_close_on_exec();
    ready = ready && (child->working_folder == NULL || chdir(child->working_folder) == 0);
    ready = ready && framelake_limit(RLIMIT_CORE, 0) && framelake_limit(RLIMIT_FSIZE, child->file_size_limit);
#ifdef __linux__
    ready = ready && framelake_limit(RLIMIT_AS, child->address_space_limit);
#endif
    for (int signal_number = 1; signal_number < 32; signal_number++) {
        if (signal_number != SIGKILL && signal_number != SIGSTOP) { signal(signal_number, SIG_DFL); }
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (ready) { execve(child->executable, child->arguments, child->environment); }
    int reason = errno;
    ssize_t written = write(status, &reason, sizeof reason);
    (void)written;
    _exit(127);
}

/// Starts a child in a process group of its own, with no descriptor but the three given ones. On Linux it is killed
/// when the calling thread ends, so the caller stays until the child has been waited for.
///
/// Returns 0 or the errno of what failed, exec included.
static inline int framelake_start(const framelake_child *child, pid_t *process) {
    int read_end = -1;
    int write_end = -1;
    int failure = framelake_pipe(&read_end, &write_end);
    if (failure != 0) { return failure; }

    // The parent's signal handlers must not run in the child.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t started = fork();
    if (started == 0) { framelake_become(child, parent, write_end); }
    failure = started < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(write_end);
    if (failure == 0) {
        int reason = 0;
        ssize_t count;
        do { count = read(read_end, &reason, sizeof reason); } while (count < 0 && errno == EINTR);
        if (count > 0) {
            failure = reason;
            while (waitpid(started, NULL, 0) < 0 && errno == EINTR) {}
        }
    }
    close(read_end);
    *process = started;
    return failure;
}

/// True once the child has ended; it stays a zombie, so that its id is not given away.
static inline bool framelake_has_ended(pid_t process) {
    siginfo_t information;
    information.si_pid = 0;
    return waitid(P_PID, (id_t)process, &information, WEXITED | WNOHANG | WNOWAIT) == 0 && information.si_pid != 0;
}

/// How a child that has ended did so. Exactly one of the two is 0 or above; the memory is its peak, in bytes.
typedef struct framelake_ending {
    int exit_code;
    int signal_number;
    int64_t peak_resident_bytes;
} framelake_ending;

/// Waits for the child to end. Its id is not its own any more afterwards.
static inline framelake_ending framelake_reap(pid_t process) {
    framelake_ending ending = {-1, -1, 0};
    int status = 0;
    struct rusage usage = {0};
    pid_t reaped;
    do { reaped = wait4(process, &status, 0, &usage); } while (reaped < 0 && errno == EINTR);
    if (reaped != process) { return ending; }
    if (WIFSIGNALED(status)) {
        ending.signal_number = WTERMSIG(status);
    } else {
        ending.exit_code = WEXITSTATUS(status);
    }
#ifdef __APPLE__
    ending.peak_resident_bytes = usage.ru_maxrss;
#else
    ending.peak_resident_bytes = (int64_t)usage.ru_maxrss * 1024;
#endif
    return ending;
}

#pragma clang assume_nonnull end

#endif
